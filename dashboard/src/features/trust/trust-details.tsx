import { Popover } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { displayNames } from '../../../../functions/shared/domain/display-names.ts';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { usageQuery } from '../../api/queries.ts';
import { useApi, usePoll } from '../../api/session.tsx';
import { useFirstRows } from '../../components/first-rows.tsx';
import { ChannelName } from '../../components/name.tsx';
import { useEnvironment } from '../../environment.ts';
import { trustFigures } from './trust-words.ts';

export interface TrustDetailsProps {
  peerId: string;
  trust: Trust;
  today: UtcDay;
  /** What is clicked to see them. */
  children: ReactNode;
}

/** All that the service says of how far the figures may be trusted, in a popover. */
export function TrustDetails({ peerId, trust, today, children }: TrustDetailsProps) {
  const titleId = useId();
  return (
    <Popover width={340} position="bottom-end" shadow="md" trapFocus returnFocus withinPortal={false}>
      <Popover.Target>
        <button type="button" className="trust-button" title="How far these figures may be trusted">
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown className="trust-details" aria-labelledby={titleId}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it takes the focus, so that the keyboard scrolls it. */}
        <div className="trust-details-content" tabIndex={0} data-autofocus>
          <h2 id={titleId}>Trust in the figures</h2>
          <Figures trust={trust} today={today} />
          <LastMessages peerId={peerId} trust={trust} today={today} />
          <p className="card-note">
            <a href="docs#getTrust">GET …/channel-stats/trust</a> says the same to programs.
          </p>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Figures({ trust, today }: Pick<TrustDetailsProps, 'trust' | 'today'>) {
  const { formats, dates } = useEnvironment();
  return (
    <dl>
      {trustFigures(trust, formats, dates, today).map(({ label, value, needsAttention }) => (
        <div key={label} data-attention={needsAttention || undefined}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function LastMessages({ peerId, trust, today }: Pick<TrustDetailsProps, 'peerId' | 'trust' | 'today'>) {
  const { dates } = useEnvironment();
  const { data } = useQuery(usageQuery(useApi(), usePoll(), peerId, undefined));
  const names = displayNames(data?.channels ?? []);
  const { shown, more } = useFirstRows(trust.channels, 8);
  if (trust.channels.length === 0) return null;
  return (
    <>
      <h3>Last message</h3>
      <dl>
        {shown.map(({ channelId, lastMessageAt }) => (
          <div key={channelId}>
            <dt>
              <ChannelName className="one-line" of={names.get(channelId) ?? { name: channelId }} />
            </dt>
            <dd>{lastMessageAt === undefined ? 'never' : dates.instant(Date.parse(lastMessageAt), today)}</dd>
          </div>
        ))}
      </dl>
      {more}
    </>
  );
}
