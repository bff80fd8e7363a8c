import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { memo } from 'react';
import { type Finding, sentenceOf } from '../../../../functions/shared/domain/findings/findings.ts';
import { shownName } from '../../../../functions/shared/domain/name-in-text.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { healthQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { Name } from '../../components/name.tsx';
import { StaleNote } from '../../components/stale-note.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
import { useEnvironment } from '../../environment.ts';
import { evidenceOf } from './evidence.ts';
import './health-card.css';

export interface HealthCardProps {
  peerId: string;
  today: UtcDay;
}

/** What needs attention about a peer's channels. It is not there where the service does not tell. */
export const HealthCard = memo(function HealthCard({ peerId, today }: HealthCardProps) {
  const api = useApi();
  const options = healthQuery(api, peerId, today);
  const query = useQuery(options);
  const { data } = query;
  const problem = problemOf(query);
  if (data === null) return null;
  return (
    <CardSection
      title="Health"
      aside={
        data !== undefined && (
          <Badge size="lg" className="badge" data-tone={data.status === 'ok' ? 'good' : 'warning'}>
            {data.status === 'ok' ? 'OK' : 'Needs attention'}
          </Badge>
        )
      }
    >
      {data === undefined && (
        <Unanswered problem={problem} queryKey={options.queryKey} label="Loading Health" height={80} />
      )}
      {data?.findings.length === 0 && <div className="empty">No findings. All is as usual.</div>}
      {data !== undefined && data.findings.length > 0 && (
        <ul className="findings">
          {data.findings.map((finding) => (
            <FindingItem key={`${finding.code} ${finding.channelId}`} finding={finding} />
          ))}
        </ul>
      )}
      <p className="card-note">Judged on complete UTC days.</p>
      {data !== undefined && <StaleNote problem={problem} />}
    </CardSection>
  );
});

const SEVERITIES = {
  warning: { label: 'Warning', path: 'M12 4 2.8 19.5h18.4ZM12 10v4.5M12 17v.01' },
  info: { label: 'Info', path: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5M12 8v.01' },
} as const;

function FindingItem({ finding }: { finding: Finding }) {
  const { formats, dates } = useEnvironment();
  const { label, path } = SEVERITIES[finding.severity];
  return (
    <li className="finding" data-severity={finding.severity}>
      <span className="finding-severity">
        <svg viewBox="0 0 24 24" width="18" height="18" className="line-icon" aria-hidden="true">
          <path d={path} />
        </svg>
        {label}
      </span>
      <p className="finding-message">
        <Message finding={finding} />
      </p>
      <details>
        <summary>Figures</summary>
        <dl>
          {evidenceOf(finding, formats, dates).map((evidence) => (
            <div key={evidence.label}>
              <dt>{evidence.label}</dt>
              <dd>{evidence.value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

function Message({ finding }: { finding: Finding }) {
  const sentence = sentenceOf(finding);
  if (sentence === undefined) return shownName(finding.message);
  return (
    <>
      {sentence.before}
      <Name of={sentence.name} />
      {sentence.after}
    </>
  );
}
