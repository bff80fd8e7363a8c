import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, memo, useState } from 'react';
import type { Comparison, TotalChange } from '../../../../functions/shared/domain/comparison.ts';
import { displayNames } from '../../../../functions/shared/domain/display-names.ts';
import type { GrowthWeek } from '../../../../functions/shared/domain/growth.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { growthQuery } from '../../api/queries.ts';
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
import { Change } from './change.tsx';
import './growth-card.css';

export interface GrowthCardProps {
  peerId: string;
  today: UtcDay;
}

export const GROWTH_TITLE = 'Week over week';

/** The last seven complete days beside the seven before, and the weeks before those. */
export const GrowthCard = memo(function GrowthCard({ peerId, today }: GrowthCardProps) {
  const api = useApi();
  const options = growthQuery(api, peerId, today);
  const query = useQuery(options);
  const { data } = query;
  const problem = problemOf(query);
  if (data !== undefined) return <Growth weeks={data.weeks} problem={problem} />;
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
  /** Why there are no newer figures. */
  problem: RequestProblem | undefined;
}

function Growth({ weeks, problem }: GrowthProps) {
  const [showsEarlier, setShowsEarlier] = useState(false);
  const [newest] = weeks;
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
      {newest !== undefined && <NewestWeek week={newest} />}
      {showsEarlier && <AllWeeks weeks={weeks} />}
      <p className="card-note">
        Complete UTC days only: each week is the seven days before the next one. Conversations are new ones.
      </p>
      <StaleNote problem={problem} />
    </CardSection>
  );
}

function NewestWeek({ week }: { week: GrowthWeek }) {
  const { dates } = useEnvironment();
  const { shown, more } = useFirstRows(week.channels, 10);
  const names = displayNames(week.channels);
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
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <FigureCells compared={week.total} />
          </tr>
        </tfoot>
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

function AllWeeks({ weeks }: { weeks: readonly GrowthWeek[] }) {
  const { formats, dates } = useEnvironment();
  return (
    <div className="growth-weeks">
      <TableRegion caption="All channels, by week">
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
