import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { memo, type ReactNode, useMemo } from 'react';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { type DisplayName, displayNames } from '../../../../functions/shared/domain/display-names.ts';
import { channelOf, type Finding } from '../../../../functions/shared/domain/findings/findings.ts';
import { SHARE_DAYS } from '../../../../functions/shared/domain/findings/shares.ts';
import { lastPeriods } from '../../../../functions/shared/domain/interval.ts';
import { addDays, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { healthQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { useFirstRows } from '../../components/first-rows.tsx';
import { ChannelName } from '../../components/name.tsx';
import { SeverityIcon } from '../../components/severity-icon.tsx';
import { StaleNote } from '../../components/stale-note.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
import { useEnvironment } from '../../environment.ts';
import { findingsOf, type Narrowing, type NarrowingChange, narrowingTo } from '../../state/narrowing.ts';
import { evidenceOf, type FindingGroup, groupFindings, sentenceFor } from './finding-words.ts';
import './health-card.css';

export interface HealthCardProps {
  peerId: string;
  today: UtcDay;
  /** The channels of the peer, as findings name them. */
  channels: ChannelStats['channels'];
  narrowing: Narrowing;
  onNarrow: (change: NarrowingChange) => void;
}

/** What needs attention about a peer's channels. It is not there where the service does not tell. */
export const HealthCard = memo(function HealthCard(props: HealthCardProps) {
  const { peerId, today, channels, narrowing, onNarrow } = props;
  const api = useApi();
  const { formats, dates } = useEnvironment();
  const yesterday = addDays(today, -1);
  const shareDays = lastPeriods(SHARE_DAYS, 'day', yesterday);
  const names = useMemo(() => displayNames(channels), [channels]);
  const options = healthQuery(api, peerId, today);
  const query = useQuery(options);
  const { data } = query;
  const problem = problemOf(query);
  if (data === null) return null;
  const findings = findingsOf(data?.findings ?? [], narrowing);
  const needsAttention = findings.some(({ severity }) => severity === 'warning');
  const isNarrowed = narrowing.channelId !== undefined || narrowing.days !== undefined;
  return (
    <CardSection
      title="Health"
      aside={
        data !== undefined &&
        // Days that are shown alone may be none that were judged, of which nobody says that they are fine.
        !(isNarrowed && findings.length === 0) && (
          <Badge size="lg" className="badge" data-tone={needsAttention ? 'warning' : 'good'}>
            {needsAttention ? 'Needs attention' : 'OK'}
          </Badge>
        )
      }
    >
      {data === undefined && (
        <Unanswered problem={problem} queryKey={options.queryKey} label="Loading Health" height={80} />
      )}
      {data !== undefined && findings.length === 0 && (
        <div className="empty">
          {isNarrowed ? 'No findings about what is shown.' : 'No findings. All is as usual.'}
        </div>
      )}
      {findings.length > 0 && (
        <ul className="findings">
          {groupFindings(findings, formats).map((one) =>
            'findings' in one ? (
              <GroupItem key={one.findings[0].code} group={one} names={names} onNarrow={onNarrow} />
            ) : (
              <FindingItem
                key={`${one.code} ${channelOf(one)}`}
                finding={one}
                names={names}
                onNarrow={onNarrow}
              />
            ),
          )}
        </ul>
      )}
      <p className="card-note">
        {data?.findings.some(({ code }) => code === 'counting_behind')
          ? `Judged on complete UTC days, when counting has passed ${dates.day(yesterday)}.`
          : `Judged on complete UTC days: shares of ${dates.range(shareDays)}, drops and spikes of ${dates.day(yesterday)}.`}
      </p>
      {data !== undefined && <StaleNote problem={problem} />}
    </CardSection>
  );
});

const SEVERITY_LABELS = { warning: 'Warning', info: 'Info' } as const;

function GroupItem({ group, names, onNarrow }: Omit<FindingProps, 'finding'> & { group: FindingGroup }) {
  const { heading, findings } = group;
  const [{ severity }] = findings;
  const { shown, more } = useFirstRows(findings, 20);
  return (
    <li className="finding" data-severity={severity}>
      <SeverityLabel severity={severity} />
      <details className="finding-group">
        <summary>{heading}</summary>
        <ul className="findings">
          {shown.map((finding) => (
            <li key={channelOf(finding)}>
              <FindingText finding={finding} names={names} onNarrow={onNarrow} />
            </li>
          ))}
        </ul>
        {more}
      </details>
    </li>
  );
}

function SeverityLabel({ severity }: Pick<Finding, 'severity'>) {
  return (
    <span className="finding-severity">
      <SeverityIcon severity={severity} />
      {SEVERITY_LABELS[severity]}
    </span>
  );
}

interface FindingProps {
  finding: Finding;
  /** What channels are called among each other. */
  names: ReadonlyMap<string, DisplayName>;
  onNarrow: (change: NarrowingChange) => void;
}

function FindingItem({ finding, names, onNarrow }: FindingProps) {
  return (
    <li className="finding" data-severity={finding.severity}>
      <SeverityLabel severity={finding.severity} />
      <FindingText finding={finding} names={names} onNarrow={onNarrow} />
    </li>
  );
}

function FindingText({ finding, names, onNarrow }: FindingProps) {
  const { formats, dates } = useEnvironment();
  const { before, after } = sentenceFor(finding, formats, dates);
  const channelId = channelOf(finding);
  const narrow = () => onNarrow(narrowingTo(finding));
  return (
    <>
      <p className="finding-message">
        {channelId === undefined ? (
          <NarrowButton onClick={narrow}>{before}</NarrowButton>
        ) : (
          <>
            {before}
            <NarrowButton onClick={narrow}>
              <ChannelName of={names.get(channelId) ?? { name: channelId }} />
            </NarrowButton>
            {after}
          </>
        )}
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
    </>
  );
}

/** What a finding is about: a click anywhere on its sentence narrows the page to that. */
function NarrowButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className="text-button finding-narrow" onClick={onClick}>
      {children}
    </button>
  );
}
