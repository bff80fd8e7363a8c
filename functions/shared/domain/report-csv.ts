import { type CsvCell, type CsvSeparator, csv } from './csv.ts';
import { METRICS, type Metric } from './metrics.ts';
import { RANGE_COLUMNS } from './range-columns.ts';
import type { Report } from './report.ts';

/** What a column is called, and what it holds on the row of a channel and on that of the total. */
interface Column {
  name: string;
  cell: (report: Report, channel: Report['channels'][number] | undefined) => CsvCell | undefined;
}

const COLUMNS: readonly Column[] = [
  { name: 'scope', cell: (_, channel) => (channel === undefined ? 'total' : 'channel') },
  { name: 'period', cell: ({ period }) => period },
  ...RANGE_COLUMNS.map(
    ({ name, cell }): Column => ({ name, cell: ({ range, complete }) => cell({ ...range, complete }) }),
  ),
  { name: 'peer', cell: ({ peer }) => peer },
  { name: 'name', cell: (_, channel) => channel?.name },
  { name: 'channelId', cell: (_, channel) => channel?.channelId },
  ...METRICS.map(
    ({ name, total }): Column => ({
      name,
      cell: ({ overview }, channel) => (channel === undefined ? overview[total] : channel[name]),
    }),
  ),
  { name: 'avgMessagesPerConversation', cell: (_, channel) => channel?.avgMessagesPerConversation },
  {
    name: 'marketShare',
    cell: (_, channel) => channel && { numberWithUnit: channel.marketShare },
  },
  { name: 'engagement', cell: (_, channel) => channel?.engagement },
  { name: 'previousFrom', cell: ofTotal(({ previousRange }) => previousRange?.from) },
  { name: 'previousTo', cell: ofTotal(({ previousRange }) => previousRange?.to) },
  ...METRICS.flatMap(changeColumns),
];

/** A cell that is empty on the rows of channels. */
function ofTotal(cell: (report: Report) => CsvCell | undefined): Column['cell'] {
  return (report, channel) => (channel === undefined ? cell(report) : undefined);
}

/** Those with what there was before, and the change since: of the total alone. */
function changeColumns({ name, title }: Metric): Column[] {
  const figures = [
    [`previous${title}`, 'previous'],
    [`${name}Change`, 'change'],
    [`${name}ChangePercent`, 'changePercent'],
  ] as const;
  return figures.map(([column, figure]) => ({
    name: column,
    cell: ofTotal(({ change }) => change?.[name][figure]),
  }));
}

/**
 * A report as CSV: a row for each channel, whose `scope` is `channel`, and one for all of them, whose
 * `scope` is `total`. Every row says of which days it is. What there is no value for is left empty.
 */
export function reportCsv(report: Report, separator?: CsvSeparator): string {
  const rows = [...report.channels, undefined].map((channel) =>
    COLUMNS.map(({ cell }) => cell(report, channel) ?? null),
  );
  return csv([COLUMNS.map(({ name }) => name), ...rows], separator);
}
