import { Command, Option } from 'commander';
import { usageCsv } from '../../../../dashboard/src/features/channel-usage/usage-csv.ts';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { dayOf, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
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
import { askStats, askTrust, type StatsQuery } from '../service/stats-query.ts';
import { clientFor } from '../service/usage-client.ts';
import { watchStats } from '../watch/watch-stats.ts';
import { rangeOf, withExamples, withPeer, withRange } from './reading-options.ts';

interface StatsOptions extends ConnectionOptions, OutputOptions, Omit<StatsQuery, 'peerId'> {
  watch?: boolean;
  check?: boolean;
}

/** Shows how much each channel of a peer was used. */
export function statsCommand(context: CliContext): Command {
  const command = withRange(
    withPeer(
      new Command('stats').description(
        'Show how much each channel was used, all-time or in a range of days.',
      ),
    ),
  )
    .option('--compare', 'compare with as many days right before; needs --from, --to or both')
    .addOption(
      new Option('--watch', 'show them again whenever they change, until Ctrl-C').conflicts(['check', 'csv']),
    );
  withCheckOption(withIncludeOption(command), 'the figures are not complete up to now');
  return withExamples(withOutputOptions(command), [
    'stats peer_support',
    'stats peer_support --from 2026-11-01 --to 2026-11-15 --compare',
    'stats peer_support --watch',
    'stats peer_support --json | jq .total.messageCount',
  ]).action((peerId: string, _: StatsOptions, self: Command) =>
    run({ ...self.optsWithGlobals<StatsOptions>(), peerId }, context),
  );
}

async function run(options: StatsOptions & StatsQuery, context: CliContext): Promise<void> {
  const { from, to, compare = false, check = false } = options;
  rangeOf(options);
  if (compare && from === undefined && to === undefined) {
    throw new UsageError('--compare needs a range: --from, --to or both');
  }
  if (options.watch === true) return watchStats(options, context);
  const client = await clientFor(options, context);
  const isText = options.json !== true && options.csv !== true;
  const [{ json, value }, trust] = await Promise.all([
    askStats(client, options),
    isText || check ? askTrust(client, options.peerId) : undefined,
  ]);
  const today = dayOf(context.clock());
  writeOutput(
    {
      json,
      csv: () => csvOf(value, options, today),
      text: () => statsText(value, trust?.value, options, context),
    },
    options,
    context,
  );
  if (check && trust !== undefined && trust.value.status !== 'current') {
    throw new AttentionError(`the figures are not complete up to now: ${trust.value.status}`);
  }
}

function csvOf({ channels, previousRange }: ChannelStats, { from, to }: StatsQuery, today: UtcDay): string {
  const days = from === undefined && to === undefined ? undefined : { from: from ?? null, to: to ?? today };
  return usageCsv(channels, { days, previousRange, today, separator: 'comma' });
}
