import { Command, Option } from 'commander';
import { kindNameOf } from '../../../../dashboard/shared/channel-icons.ts';
import type { IncludableChannels } from '../../../../functions/shared/domain/channel-stats.ts';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import { INTERVALS, type Interval } from '../../../../functions/shared/domain/interval.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import { type HistoryAnswer, historyAnswer } from '../../../../functions/usage-api/get-history.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { historyText } from '../drawing/history-text.ts';
import { pageFor } from '../drawing/page.ts';
import {
  type OutputOptions,
  withIncludeOption,
  withOutputOptions,
  writeOutput,
} from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { rangeOf, withExamples, withPeer, withRange } from './reading-options.ts';

interface HistoryOptions extends ConnectionOptions, OutputOptions {
  from?: string;
  to?: string;
  interval: Interval;
  include?: IncludableChannels[];
}

/** Shows how the use of each channel of a peer went over time. */
export function historyCommand(context: CliContext): Command {
  const command = withRange(
    withPeer(
      new Command('history').description(
        'Show messages over time, by channel: the last 30 days, or a range.',
      ),
    ),
  ).addOption(new Option('--interval <length>', 'how long each step is').choices(INTERVALS).default('day'));
  return withExamples(withOutputOptions(withIncludeOption(command)), [
    'history peer_support',
    'history peer_support --from 2026-01-01 --interval month',
    'history peer_support --csv > history.csv',
  ]).action((peerId: string, _: HistoryOptions, command: Command) =>
    run(peerId, command.optsWithGlobals<HistoryOptions>(), context),
  );
}

async function run(peerId: string, options: HistoryOptions, context: CliContext): Promise<void> {
  const { interval, include = [] } = options;
  const query = { ...rangeOf(options), interval, ...(include.length > 0 && { include }) };
  const client = await clientFor(options, context);
  const { json, value } = await answerTo(client.getHistory(peerId, query), historyAnswer);
  const text = () => historyText(value, pageFor(context));
  writeOutput({ json, csv: () => csvOf(value), text }, options, context);
}

/** A row for each channel of each day, week or month. */
function csvOf({ buckets }: HistoryAnswer): string {
  const columns = [
    'From',
    'To',
    'Complete',
    'Channel',
    'Channel id',
    'Kind',
    ...METRICS.map(({ title }) => title),
  ];
  const rows = buckets.flatMap(({ start, end, complete, channels }) =>
    channels.map((channel): CsvCell[] => [
      ...[start, end, complete, channel.channelName, channel.channelId, kindNameOf(channel)],
      ...METRICS.map(({ field }) => channel[field]),
    ]),
  );
  return csv([columns, ...rows]);
}
