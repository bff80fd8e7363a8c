import type { TotalChange } from '../../../../functions/shared/domain/comparison.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import type { GrowthAnswer } from '../../../../functions/usage-api/get-growth.ts';
import { dates, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { PLAIN } from '../terminal/style.ts';
import { type Column, table } from '../terminal/table.ts';
import { changeText } from './change-text.ts';
import { channelNames } from './channel-name.ts';
import { headingLines, inLines, type Page } from './page.ts';

interface Row {
  name: string;
  compared: TotalChange;
}

/** On narrower screens only what channels are ordered by is shown. */
const ALL_METRICS_FROM = 72;

/** Growth: the total of each week, the newest first, and the channels of the newest. */
export function growthText({ query, weeks }: GrowthAnswer, page: Page): string {
  const { width, style } = page;
  const [newest] = weeks;
  const totals = weeks.map(
    ({ start, end, total }): Row => ({
      // Where there is little room, the year is in the heading.
      name: dates.bucket({ from: start, to: end }, 'week', width >= ALL_METRICS_FROM),
      compared: total,
    }),
  );
  const nameOf = channelNames(newest?.channels ?? []);
  const channels = (newest?.channels ?? []).map((one): Row => ({ name: nameOf(one), compared: one }));
  const through = `up to ${dates.day(query.through)}`;
  return inLines([
    ...headingLines(`Growth of ${safeName(query.peerId)}`, through, page),
    '',
    ...table(columnsOf('Week', page), totals, width, style),
    ...(channels.length === 0 ? [] : ['', ...table(columnsOf('Newest week', page), channels, width, style)]),
  ]);
}

function columnsOf(title: string, { style }: Page): Column<Row>[] {
  return [
    { title, cell: ({ name }) => name, canShrink: true },
    ...METRICS.flatMap((metric, index): Column<Row>[] => {
      const place = index === 0 ? {} : { fromWidth: ALL_METRICS_FROM };
      return [
        {
          ...{ title: metric.title, align: 'end', ...place },
          cell: ({ compared }) => formats.count(compared[metric.name].current),
          styled: style.strong,
        },
        {
          ...{ title: 'change', ...place },
          cell: ({ compared }) => changeText(compared[metric.name], PLAIN),
          styled: (_, { compared }) => changeText(compared[metric.name], style),
        },
      ];
    }),
  ];
}
