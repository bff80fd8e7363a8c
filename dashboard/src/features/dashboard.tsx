import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import type { Interval } from '../../../functions/shared/domain/interval.ts';
import { isolated } from '../../../functions/shared/domain/name-in-text.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { peersQuery } from '../api/queries.ts';
import { problemOf } from '../api/query-state.ts';
import { isPassing } from '../api/request-problem.ts';
import { useSample } from '../api/sample.ts';
import { useApi } from '../api/session.tsx';
import { Notice } from '../components/notice.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { Waiting } from '../components/waiting.tsx';
import { WhereMessagesAre } from '../components/where-messages-are.tsx';
import { type NarrowingChange, narrowed } from '../state/narrowing.ts';
import { useToday } from '../state/use-today.ts';
import { useView, type ViewState } from '../state/use-view.ts';
import { type View, viewOf } from '../state/view.ts';
import './dashboard.css';
import { PageHeader } from './header/page-header.tsx';
import { LiveState } from './live/live-state.tsx';
import { PeerUsage } from './peer-usage.tsx';
import { RangeBar } from './range/range-bar.tsx';
import { SampleNotice } from './sample/sample-notice.tsx';
import { ShareButton } from './sharing/share-button.tsx';
import { SideBySide } from './side-by-side/side-by-side.tsx';
import { WithPeer } from './side-by-side/with-peer.tsx';
import { TrustState } from './trust/trust-state.tsx';

export interface DashboardProps {
  onForgetKey: () => void;
}

const TITLE = 'Channel Usage Analytics';

/** The page of somebody who has a key. */
export function Dashboard({ onForgetKey }: DashboardProps) {
  const { view, problems, change } = useView();
  const today = useToday();
  const { peerId } = view;
  useEffect(() => {
    document.title = peerId === undefined ? TITLE : `${isolated(peerId)} · ${TITLE}`;
    return () => {
      document.title = TITLE;
    };
  }, [peerId]);
  return (
    <>
      <PageHeader
        peerId={peerId}
        onPeer={(chosen) => change(viewOf(chosen, view), 'push')}
        onForgetKey={onForgetKey}
        actions={peerId !== undefined && <ShareButton peerId={peerId} />}
      />
      <main className="page">
        <SampleNotice />
        {problems.length > 0 && <Notice tone="warning">{problems.join(' ')}</Notice>}
        {peerId === undefined ? (
          <FirstPeer onPeer={(first) => change({ peerId: first }, 'replace')} />
        ) : (
          <PeerPage view={{ ...view, peerId }} today={today} change={change} />
        )}
      </main>
      <footer className="page-footer">
        Messages that people wrote are counted, those that the peer answered are not. Days are UTC.{' '}
        <a href="docs">API reference</a>. <a href="assets/notices.txt">Third-party notices</a>
      </footer>
    </>
  );
}

export interface PeerPageProps extends Pick<ViewState, 'change'> {
  view: View & { peerId: string };
  today: UtcDay;
  /** Whether the reader sees it by a share link, and no other peer. */
  isShared?: boolean;
}

/** A peer, or two side by side, with what chooses the days. */
export function PeerPage({ view, today, change, isShared = false }: PeerPageProps) {
  const { peerId, range, narrowing, withPeerId } = view;
  const narrow = useCallback(
    (part: NarrowingChange) => change({ narrowing: narrowed(narrowing, part) }, 'push'),
    [narrowing, change],
  );
  const props = {
    view,
    today,
    onInterval: (interval: Interval) => change({ interval }, 'push'),
    onNarrow: narrow,
    onShowDisabled: (showsDisabled: boolean) => change({ showsDisabled }, 'push'),
  };
  return (
    <>
      <div className="page-bar">
        <RangeBar
          range={range}
          today={today}
          onRange={(chosen, how) =>
            change({ range: chosen, narrowing: narrowed(narrowing, { days: undefined }) }, how)
          }
        />
        {!isShared && (
          <WithPeer
            key={peerId}
            withPeerId={withPeerId}
            onWith={(chosen) => change({ withPeerId: chosen === peerId ? undefined : chosen }, 'push')}
          />
        )}
        {withPeerId === undefined && (
          <div className="page-state">
            <LiveState key={peerId} peerId={peerId} />
            <TrustState key={`trust ${peerId}`} peerId={peerId} today={today} />
          </div>
        )}
      </div>
      {withPeerId === undefined ? (
        <PeerUsage key={peerId} {...props} />
      ) : (
        <SideBySide {...props} withPeerId={withPeerId} />
      )}
    </>
  );
}

const LOOK_FOR_PEERS_EVERY_MS = 5_000;
const LOOK_FOR_SAMPLE_EVERY_MS = 1_000;

/** Finds a peer to show where the address names none. */
function FirstPeer({ onPeer }: { onPeer: (peerId: string) => void }) {
  const api = useApi();
  const isLoading = useSample()?.state === 'loading';
  const options = peersQuery(api, '');
  const query = useQuery({
    ...options,
    refetchInterval: ({ state: { data } }) =>
      data?.peers.length === 0 ? (isLoading ? LOOK_FOR_SAMPLE_EVERY_MS : LOOK_FOR_PEERS_EVERY_MS) : false,
  });
  const { data } = query;
  const first = data?.peers[0]?.peerId;
  useEffect(() => {
    if (first !== undefined) onPeer(first);
  }, [first, onPeer]);
  const problem = problemOf(query);
  if (data?.peers.length === 0 && isLoading)
    return <Waiting label="Waiting for the first peer" height={320} />;
  if (data?.peers.length === 0) {
    return (
      <div className="empty empty-page">
        <p className="empty-title">No peers yet</p>
        <p>
          A peer appears here by itself, with the first message that is recorded for it. The{' '}
          <a href="docs">API reference</a> shows how to record one.
        </p>
        <p>
          <WhereMessagesAre />
        </p>
      </div>
    );
  }
  if (problem === undefined) return <Waiting label="Looking for peers" height={320} />;
  const advice = isPassing(problem) ? undefined : 'A peer can still be chosen by its id.';
  return <ProblemNotice problem={problem} queryKey={options.queryKey} {...(advice && { advice })} />;
}
