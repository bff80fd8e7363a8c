import { Command } from 'commander';
import { SECOND_MS } from '../../functions/shared/domain/utc-day.ts';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { DailyCounterStore } from '../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { NotifiedPeers } from '../../functions/shared/store/notified-peers.ts';
import { retryOnConflict } from '../../functions/shared/store/retry-on-conflict.ts';
import { TotalsStore } from '../../functions/shared/store/totals-store.ts';
import { addDataOptions, type DataOptions } from '../support/data-options.ts';
import { listedPeers } from '../support/listed-peers.ts';
import { confirm, runThisTool, type ToolContext } from '../support/tool.ts';
import { withUsageTable } from '../support/usage-data.ts';

interface RenumberOptions extends DataOptions {
  yes?: boolean;
}

const PEERS_AT_A_TIME = 8;

/** Lets numbers that others know begin anew, above all that a usage table gave before it was restored. */
export function renumberCommand(context: ToolContext): Command {
  const command = new Command('npm run renumber --')
    .description(
      'After a restore: lets the revisions of days and the numbers of notifications begin anew, above all that were' +
        ' given before, of which the restored table does not know all. Figures stay as they are, and nobody is told' +
        ' anything. It is safe at any time, beside counting and sealing too, and to be repeated.',
    )
    .option('--yes', 'do not ask');
  return addDataOptions(command, context.environment).action(async (options: RenumberOptions) => {
    await confirm('Let the revisions and numbers of all peers begin anew?', context, options.yes);
    const peers = await withUsageTable(options, (table) => renumber(table, context));
    context.write(`peers renumbered ${peers}\n`);
  });
}

/** @returns how many peers there are */
async function renumber(table: Table, { clock, waiting }: ToolContext): Promise<number> {
  // Numbers go up by one with each change: no peer has had one in every second since 1970.
  const first = Math.floor(clock() / SECOND_MS);
  const totals = new TotalsStore(table, new DailyCounterStore(table));
  const notified = new NotifiedPeers(table, []);
  let peers = 0;
  for await (const page of listedPeers(table)) {
    await mapConcurrently(page, PEERS_AT_A_TIME, async (peerId) => {
      await retryOnConflict(waiting, async () => {
        const read = await totals.read(peerId);
        if (read.revision >= first) return;
        await totals.replace(peerId, { ...read, revision: first }, [], [], read.revision);
      });
      await retryOnConflict(waiting, async () => {
        const read = await notified.read(peerId);
        if (read.sequence < first) await notified.raiseSequence(peerId, read, first);
      });
    });
    peers += page.length;
  }
  return peers;
}

if (import.meta.main) await runThisTool(renumberCommand);
