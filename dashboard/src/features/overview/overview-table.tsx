import { memo } from 'react';
import { isolated } from '../../../../functions/shared/domain/name-in-text.ts';
import type { PeerOverview } from '../../../../functions/shared/domain/overview.ts';
import type { TrustStatus } from '../../../../functions/shared/domain/trust.ts';
import { dayOf, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { Name } from '../../components/name.tsx';
import { SeverityIcon } from '../../components/severity-icon.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { useEnvironment } from '../../environment.ts';
import type { ViewState } from '../../state/use-view.ts';
import { type View, viewOf } from '../../state/view.ts';
import { viewLink } from '../../state/view-link.ts';
import { Change } from '../growth/change.tsx';
import { NO_FIGURES_BEFORE } from '../growth/describe-change.ts';

/** What is said of figures that may not be trusted as they are. */
const TRUST_WORDS: Record<Exclude<TrustStatus, 'current'>, string> = {
  incomplete: 'messages not counted',
  behind: 'counting is behind',
  stalled: 'counting has stopped',
};

export interface OverviewTableProps extends Pick<ViewState, 'go'> {
  view: View;
  today: UtcDay;
  peers: readonly PeerOverview[];
}

/** A row for each peer, in which all of it can be clicked. */
export function OverviewTable({ view, today, peers, go }: OverviewTableProps) {
  return (
    <table className="overview">
      <caption className="visually-hidden">Peers, the last complete days beside those before</caption>
      <thead>
        <tr>
          <th scope="col">Peer</th>
          <th scope="col">By day</th>
          <th scope="col">Messages</th>
          <th scope="col">Change</th>
          <th scope="col">Conversations</th>
          <th scope="col">Warnings</th>
          <th scope="col">Last message</th>
        </tr>
      </thead>
      <tbody>
        {peers.map((peer) => (
          <PeerRow key={peer.peerId} peer={peer} view={view} today={today} go={go} />
        ))}
      </tbody>
    </table>
  );
}

interface PeerRowProps extends Omit<OverviewTableProps, 'peers'> {
  peer: PeerOverview;
}

/** Drawn again only when something about it has changed. */
const PeerRow = memo(function PeerRow({ peer, view, today, go }: PeerRowProps) {
  const { formats } = useEnvironment();
  const { peerId, messages, conversations, daily, warnings, lastMessageAt, trust } = peer;
  return (
    <tr>
      <th scope="row" className="overview-peer">
        <a {...viewLink(viewOf(peerId, view), go)} title={isolated(peerId)}>
          <Name className="one-line" of={peerId} />
        </a>
        {trust !== 'current' && <span className="overview-trust">{TRUST_WORDS[trust]}</span>}
      </th>
      <td className="overview-days">
        <Sparkline values={daily} />
        <span className="visually-hidden">at most {formats.count(Math.max(...daily))} a day</span>
      </td>
      <td className="overview-messages">{formats.count(messages.current)}</td>
      <td className="overview-change">
        <Change comparison={messages} noHistory={NO_FIGURES_BEFORE} />
      </td>
      <td className="overview-conversations">
        {formats.count(conversations.current)}
        <span className="overview-unit" aria-hidden="true">
          {' '}
          conversations
        </span>
      </td>
      <td className="overview-warnings">
        {warnings === 0 ? (
          <span className="overview-none">none</span>
        ) : (
          <span className="overview-warning">
            <SeverityIcon severity="warning" /> {formats.count(warnings)}
            <span className="overview-unit" aria-hidden="true">
              {' '}
              {warnings === 1 ? 'warning' : 'warnings'}
            </span>
          </span>
        )}
      </td>
      <td className="overview-last">
        <LastMessage at={lastMessageAt} today={today} />
      </td>
    </tr>
  );
});

function LastMessage({ at, today }: { at: string | null; today: UtcDay }) {
  const { dates } = useEnvironment();
  if (at === null) return <span className="overview-none">never</span>;
  const instant = Date.parse(at);
  const day = dayOf(instant);
  return (
    <time dateTime={at} title={dates.instant(instant)}>
      {day === today ? 'today' : dates.day(day)}
    </time>
  );
}
