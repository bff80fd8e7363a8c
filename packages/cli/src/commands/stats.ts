import { Command } from 'commander';
import { usageCsv } from '../../../../dashboard/src/features/channel-usage/usage-csv.ts';
import { type ChannelStats, channelStatsAnswer } from '../../../../functions/shared/domain/channel-stats.ts';
import { dayOf, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { parseDay, parseIdentifier } from '../../../../tools/support/option-values.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { statsText } from '../drawing/stats-text.ts';
import { AttentionError, UsageError } from '../exit-codes.ts';
import {
  type OutputOptions,
  withCheckOption,
  withIncludeOption,
  withOutputOptions,
  writeOutput,
} from '../output/output-options.ts';
import { askTrust, type StatsQuery, statsPath } from '../service/stats-query.ts';
import { serviceFor } from '../service/usage-service.ts';

interface StatsOptions extends ConnectionOptions, OutputOptions, Omit<StatsQuery, 'peerId'> {
  check?: boolean;
}

/** Shows how much each channel of a peer was used. */
export function statsCommand(context: CliContext): Command {
  const command = new Command('stats')
    .description('Show how much each channel of a peer was used, all-time or in a range of days.')
    .argument('<peer>', 'the peer', parseIdentifier)
    .option('--from <day>', 'the first day (UTC)', parseDay)
    .option('--to <day>', 'the last day (UTC), itself included', parseDay)
    .option('--compare', 'compare with as many days right before; needs --from, --to or both');

  withIncludeOption(command);
  withCheckOption(command, 'the figures are not complete up to now');
  return withOutputOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  channel-usage stats peer_support
  channel-usage stats peer_support --from 2026-11-01 --to 2026-11-15 --compare
  channel-usage stats peer_support --json | jq .total.messageCount`,
    )
    .action((peerId: string, _: StatsOptions, command: Command) =>
      run({ ...command.optsWithGlobals<StatsOptions>(), peerId }, context),
    );
}

async function run(options: StatsOptions & StatsQuery, context: CliContext): Promise<void> {
  const { from, to, compare = false, check = false } = options;
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError('--from must not be after --to');
  if (compare && from === undefined && to === undefined) {
    throw new UsageError('--compare needs a range: --from, --to or both');
  }
  const service = await serviceFor(options, context);
  const isText = options.json !== true && options.csv !== true;
  const [stats, trust] = await Promise.all([
    service.ask({ path: statsPath(options) }, channelStatsAnswer),
    isText || check ? askTrust(service, options.peerId) : undefined,
  ]);
  const today = dayOf(context.clock());
  writeOutput(
    {
      json: stats,
      csv: () => csvOf(stats, options, today),
      text: () => statsText(stats, trust, options, context),
    },
    options,
    context,
  );
  if (check && trust !== undefined && trust.status !== 'current') {
    throw new AttentionError(`the figures are not complete up to now: ${trust.status}`);
  }
}

function csvOf({ channels, previousRange }: ChannelStats, { from, to }: StatsQuery, today: UtcDay): string {
  const days = from === undefined && to === undefined ? undefined : { from: from ?? null, to: to ?? today };
  return usageCsv(channels, { days, previousRange, today, separator: 'comma' });
}
