import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { memo, useState } from 'react';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { GrowthAnswer } from '../../../../functions/usage-api/contract.ts';
import { displayNames } from '../../../shared/display-names.ts';
import { growthQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import type { RequestProblem } from '../../api/request-problem.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { useFirstRows } from '../../components/first-rows.tsx';
import { StaleNote } from '../../components/stale-note.tsx';
import { TableRegion } from '../../components/table-region.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
import { useEnvironment } from '../../environment.ts';
import { Change, type Comparison } from './change.tsx';
import './growth-card.css';

export interface GrowthCardProps {
  peerId: string;
  today: UtcDay;
}

type Week = GrowthAnswer['weeks'][number];

const TITLE = 'Week over week';

/** The last seven complete days beside the seven before, and the weeks before those. */
export const GrowthCard = memo(function GrowthCard({ peerId, today }: GrowthCardProps) {
  const api = useApi();
  const options = growthQuery(api, peerId, today);
  const query = useQuery(options);
  const { data } = query;
  const problem = problemOf(query);
  if (data !== undefined) return <Growth weeks={data.weeks} problem={problem} />;
  return (
    <CardSection title={TITLE}>
      <Unanswered problem={problem} queryKey={options.queryKey} label={`Loading ${TITLE}`} height={220} />
    </CardSection>
  );
});

interface GrowthProps {
  weeks: readonly Week[];
  /** Why there are no newer figures. */
  problem: RequestProblem | undefined;
}

function Growth({ weeks, problem }: GrowthProps) {
  const [showsEarlier, setShowsEarlier] = useState(false);
  const [newest] = weeks;
  return (
    <CardSection
      title={TITLE}
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

function NewestWeek({ week }: { week: Week }) {
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
            <th scope="col">Messages</th>
            <th scope="col">Conversations</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ channelId, messages, conversations }) => (
            <tr key={channelId}>
              <th scope="row">
                <span className="two-lines" title={names.get(channelId)}>
                  {names.get(channelId)}
                </span>
              </th>
              <FigureCell comparison={messages} />
              <FigureCell comparison={conversations} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <FigureCell comparison={week.total.messages} />
            <FigureCell comparison={week.total.conversations} />
          </tr>
        </tfoot>
      </table>
      {more}
    </>
  );
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

function AllWeeks({ weeks }: { weeks: readonly Week[] }) {
  const { formats, dates } = useEnvironment();
  return (
    <div className="growth-weeks">
      <TableRegion caption="All channels, by week">
        <thead>
          <tr>
            <th scope="col">Week</th>
            <th scope="col">Messages</th>
            <th scope="col">Change</th>
            <th scope="col">Conversations</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {weeks.map(({ start, end, total }) => (
            <tr key={start}>
              <th scope="row">{dates.range({ from: start, to: end })}</th>
              <td>{formats.count(total.messages.current)}</td>
              <td>
                <Change comparison={total.messages} />
              </td>
              <td>{formats.count(total.conversations.current)}</td>
              <td>
                <Change comparison={total.conversations} />
              </td>
            </tr>
          ))}
        </tbody>
      </TableRegion>
    </div>
  );
}
