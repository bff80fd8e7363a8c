import { Command } from 'commander';
import { AuditLog } from '../../functions/shared/store/audit-log.ts';
import { sizeOfTable } from '../../functions/shared/store/stored-messages.ts';
import { showProgress } from '../../local/support/progress.ts';
import { type AllTablesOptions, addAllTablesOptions } from '../support/data-options.ts';
import { operatorOf } from '../support/operator.ts';
import { parseCount, parseIdentifier } from '../support/option-values.ts';
import { purgeChannel, type Removed } from '../support/purge-channel.ts';
import { ReadPace } from '../support/read-pace.ts';
import { DEFAULT_REMOVAL_RATE, summaryOf } from '../support/removal.ts';
import { scanEstimate, USAGE } from '../support/scan-estimate.ts';
import { confirm, runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { withAllTables } from '../support/usage-data.ts';

interface PurgeOptions extends AllTablesOptions {
  peer: string;
  channel: string;
  rate: number;
  yes?: boolean;
}

/** Does to channels what the API does not: purges them. */
export function channelsCommand(context: ToolContext): Command {
  const channels = new Command('npm run channels --').description('Looks after channels of peers.');
  addAllTablesOptions(channels.command('purge'), context.environment)
    .description(
      'Takes away a channel that was made by mistake, with its figures and its evidence, and refuses its messages from' +
        ' then on. It cannot be undone. Stopped halfway, it is to be started again. Stored messages stay.',
    )
    .requiredOption('--peer <id>', 'whose channel', parseIdentifier)
    .requiredOption('--channel <id>', 'which one', parseIdentifier)
    .option('--rate <units>', 'the most read units a second', parseCount, DEFAULT_REMOVAL_RATE)
    .option('--yes', 'do not ask')
    .action((options: PurgeOptions) => purge(options, context));
  return channels;
}

async function purge(options: PurgeOptions, context: ToolContext): Promise<void> {
  const { clock, waiting, randomBytes, write, say, terminal } = context;
  const { peer: peerId, channel: channelId, rate } = options;
  await withAllTables(options, async (tables) => {
    const size = await sizeOfTable(tables.usage);
    say(scanEstimate(tables.usage.tableName, size, rate, USAGE));
    await confirm(`Purge the channel ${channelId} of ${peerId} for good?`, context, options.yes);
    const log = new AuditLog(tables.audit, randomBytes);
    const by = await operatorOf(options);
    const line = (phase: 'begun' | 'done', counts: Removed) =>
      log.add({ at: clock(), action: 'purge', phase, by, peerId, channelId, counts });
    await line('begun', {});
    const pace = new ReadPace(rate, clock, waiting.pause);
    const progress = showProgress('Purging', size.itemCount, terminal, say, 'items');
    let examined = 0;
    const purging = purgeChannel(
      {
        ...tables,
        clock,
        waiting,
        paced: (units) => pace.afterUse(units),
        progress: (items) => {
          examined += items;
          progress.update(examined);
        },
      },
      { peerId, channelId },
    );
    const removed = await purging.finally(() => progress.end());
    if (removed === undefined) throw new ToolError(`${peerId} has no channel ${channelId}; nothing was done`);
    await line('done', removed);
    write(summaryOf(removed));
    say(
      'Stored messages of the channel stay until they expire, and are refused when they are replayed. Files of S3 are' +
        ' written anew when their days are announced; Mixpanel and Google Analytics take nothing back.\n',
    );
  });
}

if (import.meta.main) await runThisTool(channelsCommand);
