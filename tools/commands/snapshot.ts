import { Command } from 'commander';
import type { Log } from '../../functions/shared/runtime/observability.ts';
import { whyNotSealable } from '../../functions/take-daily-snapshot/schedule.ts';
import {
  PeersNotSealedError,
  takeDailySnapshot,
} from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { addDataOptions, type DataOptions } from '../support/data-options.ts';
import { parseDay } from '../support/option-values.ts';
import { runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { withUsageTable } from '../support/usage-data.ts';

interface SnapshotOptions extends DataOptions {
  day: string;
}

/** Runs the snapshot job by hand. */
export function snapshotCommand(context: ToolContext): Command {
  const command = new Command('npm run snapshot --')
    .description(
      'Seals every day, up to one that is over, that has changed since it was sealed. It is safe at any time,' +
        ' beside the scheduled run too.',
    )
    .requiredOption('--day <day>', 'the last UTC day to be sealed', parseDay);
  return addDataOptions(command, context.environment).action((options: SnapshotOptions) =>
    takeSnapshot(options, context),
  );
}

async function takeSnapshot(options: SnapshotOptions, context: ToolContext): Promise<void> {
  const { clock, waiting, randomBytes, write, say } = context;
  const { day } = options;
  const problem = whyNotSealable(day, clock());
  if (problem !== undefined) throw new ToolError(problem);
  const log: Log = {
    info() {},
    warn: (message) => say(`${message}\n`),
    error: (message, { peerId, problem: why }) => say(`${message}: ${String(peerId)} (${String(why)})\n`),
  };
  const run = await withUsageTable(options, async ({ client, tableName }) => {
    const settings = { usageTableName: tableName };
    const job = takeDailySnapshot({
      settings,
      client,
      clock,
      waiting,
      randomBytes,
      log,
      publishMetrics() {},
    });
    try {
      return await job({ through: day }, () => false);
    } catch (error) {
      // All others are sealed by then, and each of these was named.
      if (!(error instanceof PeersNotSealedError)) throw error;
      throw new ToolError(`peers that could not be sealed: ${error.failed}; run it again`, { cause: error });
    }
  });
  const { peers, daysSealed, daysResealed, leftOver, inconsistent, durationMs } = run;
  write(
    `sealed through    ${run.through}\npeers             ${peers}\ndays sealed       ${daysSealed}\n` +
      `days sealed again ${daysResealed}\nleft over         ${leftOver}\nseconds           ${(durationMs / 1_000).toFixed(1)}\n`,
  );
  if (inconsistent > 0) {
    throw new ToolError(
      `peers whose stored figures contradict one another, and that were left as they are: ${inconsistent}; npm run audit -- --peer PEER tells more`,
    );
  }
  if (leftOver > 0) say('What is left over, another run works on; the next one finds what it leaves.\n');
}

if (import.meta.main) await runThisTool(snapshotCommand);
