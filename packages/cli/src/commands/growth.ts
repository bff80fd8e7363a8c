import { Command } from 'commander';
import type { IncludableChannels } from '../../../../functions/shared/domain/channel-stats.ts';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import { GROWTH_WEEKS } from '../../../../functions/shared/domain/growth.ts';
import { type GrowthAnswer, growthAnswer } from '../../../../functions/usage-api/get-growth.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { growthText } from '../drawing/growth-text.ts';
import { pageFor } from '../drawing/page.ts';
import { COMPARISON_COLUMNS, comparisonCells } from '../output/comparison-cells.ts';
import {
  type OutputOptions,
  withIncludeOption,
  withOutputOptions,
  writeOutput,
} from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { numberWithin, withExamples, withPeer } from './reading-options.ts';

interface GrowthOptions extends ConnectionOptions, OutputOptions {
  weeks: number;
  include?: IncludableChannels[];
}

/** Shows how a peer grows from week to week. */
export function growthCommand(context: CliContext): Command {
  const command = withPeer(
    new Command('growth').description(
      'Show growth week over week: seven complete days, and the seven before.',
    ),
  ).option(
    '--weeks <number>',
    `how many weeks, ${GROWTH_WEEKS.least} to ${GROWTH_WEEKS.most}`,
    numberWithin(GROWTH_WEEKS),
    GROWTH_WEEKS.default,
  );
  return withExamples(withOutputOptions(withIncludeOption(command)), [
    'growth peer_support',
    'growth peer_support --weeks 12 --csv > growth.csv',
  ]).action((peerId: string, _: GrowthOptions, command: Command) =>
    run(peerId, command.optsWithGlobals<GrowthOptions>(), context),
  );
}

async function run(peerId: string, options: GrowthOptions, context: CliContext): Promise<void> {
  const { weeks, include = [] } = options;
  const client = await clientFor(options, context);
  const query = { weeks, ...(include.length > 0 && { include }) };
  const { json, value } = await answerTo(client.getGrowth(peerId, query), growthAnswer);
  writeOutput(
    { json, csv: () => csvOf(value), text: () => growthText(value, pageFor(context)) },
    options,
    context,
  );
}

/** A row for each channel of each week, and one for their total. */
function csvOf({ weeks }: GrowthAnswer): string {
  const columns = [...['Scope', 'From', 'To', 'Channel', 'Channel id'], ...COMPARISON_COLUMNS];
  const rows = weeks.flatMap(({ start, end, channels, total }): CsvCell[][] => [
    ...channels.map((one) => [
      'channel',
      start,
      end,
      one.channelName,
      one.channelId,
      ...comparisonCells(one),
    ]),
    ['total', start, end, null, null, ...comparisonCells(total)],
  ]);
  return csv([columns, ...rows]);
}
