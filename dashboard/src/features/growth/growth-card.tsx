import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, memo, useMemo, useState } from 'react';
import type { Comparison, TotalChange } from '../../../../functions/shared/domain/comparison.ts';
import {
  type DisplayName,
  displayNames,
  plainName,
} from '../../../../functions/shared/domain/display-names.ts';
import type { GrowthWeek } from '../../../../functions/shared/domain/growth.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { growthQuery, type HiddenChannels } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import type { RequestProblem } from '../../api/request-problem.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { useFirstRows } from '../../components/first-rows.tsx';
import { ChannelName } from '../../components/name.tsx';
import { StaleNote } from '../../components/stale-note.tsx';
import { TableRegion } from '../../components/table-region.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
import { useEnvironment } from '../../environment.ts';
import { type Narrowing, weeksOf } from '../../state/narrowing.ts';
import { Change } from './change.tsx';
import './growth-card.css';

export interface GrowthCardProps {
  peerId: string;
  today: UtcDay;
  hidden: HiddenChannels;
  narrowing: Narrowing;
}

export const GROWTH_TITLE = 'Week over week';

/** The last seven complete days beside the seven before, and the weeks before those. */
export const GrowthCard = memo(function GrowthCard(props: GrowthCardProps) {
  const { peerId, today, hidden, narrowing } = props;
  const api = useApi();
  const options = growthQuery(api, peerId, today, hidden);
  const query = useQuery(options);
  const { data } = query;
  const problem = problemOf(query);
  if (data !== undefined) return <Growth weeks={data.weeks} narrowing={narrowing} problem={problem} />;
  return (
    <CardSection title={GROWTH_TITLE}>
      <Unanswered
        problem={problem}
        queryKey={options.queryKey}
        label={`Loading ${GROWTH_TITLE}`}
        height={220}
      />
    </CardSection>
  );
});

interface GrowthProps {
  weeks: readonly GrowthWeek[];
  narrowing: Narrowing;
  /** Why there are no newer figures. */
  problem: RequestProblem | undefined;
}

function Growth({ weeks: all, narrowing, problem }: GrowthProps) {
  const [showsEarlier, setShowsEarlier] = useState(false);
  const { channelId, days } = narrowing;
  const weeks = useMemo(() => weeksOf(all, channelId), [all, channelId]);
  const names = useMemo(() => displayNames(all[0]?.channels ?? []), [all]);
  // The one that a day lies in is told of it, and the newest of all others.
  const week =
    days === undefined ? weeks[0] : weeks.find(({ start, end }) => start <= days.to && days.to <= end);
  return (
    <CardSection
      title={GROWTH_TITLE}
      controls={
        <Button
          variant="default"
          size="xs"
          aria-expanded={showsEarlier}
          onClick={() => setShowsEarlier(!showsEarlier)}
        >
          {showsEarlier ? 'Hide earlier weeks' : 'Show earlier weeks'}
        </Button>
      }
    >
      {week === undefined ? (
        <div className="empty">
          {days === undefined
            ? 'No complete weeks of this channel.'
            : 'The last complete weeks do not hold these days.'}
        </div>
      ) : (
        <ComparedWeek week={week} names={names} isAlone={channelId !== undefined} />
      )}
      {showsEarlier && (
        <AllWeeks weeks={weeks} of={channelId === undefined ? undefined : names.get(channelId)} />
      )}
      <p className="card-note">
        Complete UTC days only: each week is the seven days before the next one. Conversations are new ones.
      </p>
      <StaleNote problem={problem} />
    </CardSection>
  );
}

interface ComparedWeekProps {
  week: GrowthWeek;
  names: ReadonlyMap<string, DisplayName>;
  /** Whether one channel is shown, which is its own total. */
  isAlone: boolean;
}

function ComparedWeek({ week, names, isAlone }: ComparedWeekProps) {
  const { dates } = useEnvironment();
  const { shown, more } = useFirstRows(week.channels, 10);
  return (
    <>
      <table className="growth">
        <caption>{dates.range({ from: week.start, to: week.end })}, and the week before</caption>
        <thead>
          <tr>
            <th scope="col">Channel</th>
            {METRICS.map(({ name, title }) => (
              <th scope="col" key={name}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((channel) => (
            <tr key={channel.channelId}>
              <th scope="row">
                <ChannelName
                  className="two-lines"
                  of={names.get(channel.channelId) ?? { name: channel.channelName }}
                />
              </th>
              <FigureCells compared={channel} />
            </tr>
          ))}
        </tbody>
        {!isAlone && (
          <tfoot>
            <tr>
              <th scope="row">Total</th>
              <FigureCells compared={week.total} />
            </tr>
          </tfoot>
        )}
      </table>
      {more}
    </>
  );
}

function FigureCells({ compared }: { compared: TotalChange }) {
  return METRICS.map(({ name }) => <FigureCell key={name} comparison={compared[name]} />);
}

function FigureCell({ comparison }: { comparison: Comparison }) {
  const { formats } = useEnvironment();
  return (
    <td>
      <span className="growth-figure">
        <strong>{formats.count(comparison.current)}</strong>
        {comparison.previous !== null && (
          <span className="growth-previous">from {formats.count(comparison.previous)}</span>
        )}
      </span>
      <Change comparison={comparison} />
    </td>
  );
}

function AllWeeks({ weeks, of }: { weeks: readonly GrowthWeek[]; of: DisplayName | undefined }) {
  const { formats, dates } = useEnvironment();
  return (
    <div className="growth-weeks">
      <TableRegion caption={`${of === undefined ? 'All channels' : plainName(of)}, by week`}>
        <thead>
          <tr>
            <th scope="col">Week</th>
            {METRICS.map(({ name, title }) => (
              <Fragment key={name}>
                <th scope="col">{title}</th>
                <th scope="col">Change</th>
              </Fragment>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map(({ start, end, total }) => (
            <tr key={start}>
              <th scope="row">{dates.range({ from: start, to: end })}</th>
              {METRICS.map(({ name }) => (
                <Fragment key={name}>
                  <td>{formats.count(total[name].current)}</td>
                  <td>
                    <Change comparison={total[name]} />
                  </td>
                </Fragment>
              ))}
            </tr>
          ))}
        </tbody>
      </TableRegion>
    </div>
  );
}
