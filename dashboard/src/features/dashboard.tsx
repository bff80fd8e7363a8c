import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';
import type { Interval } from '../../../functions/shared/domain/interval.ts';
import { isolated } from '../../../functions/shared/domain/name-in-text.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import type { KeyAnswer } from '../../../functions/usage-api/get-key.ts';
import { keyQuery } from '../api/queries.ts';
import { problemOf } from '../api/query-state.ts';
import { useApi } from '../api/session.tsx';
import { Notice } from '../components/notice.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { Waiting } from '../components/waiting.tsx';
import { type NarrowingChange, narrowed } from '../state/narrowing.ts';
import { useToday } from '../state/use-today.ts';
import { useView, type ViewState } from '../state/use-view.ts';
import { overviewOf, type View, viewOf } from '../state/view.ts';
import { viewLink } from '../state/view-link.ts';
import './dashboard.css';
import { NoteOpened } from './header/note-opened.tsx';
import { PageHeader } from './header/page-header.tsx';
import { LiveState } from './live/live-state.tsx';
import { LoadedOverview } from './overview/loaded-overview.tsx';
import type { OverviewProps } from './overview/overview.tsx';
import { PeerUsage } from './peer-usage.tsx';
import { PrintHeading } from './print/print-heading.tsx';
import { RangeBar } from './range/range-bar.tsx';
import { ReportMenu } from './report/report-menu.tsx';
import { SampleNotice } from './sample/sample-notice.tsx';
import { SettingsButton } from './settings/settings-button.tsx';
import { ShareButton } from './sharing/share-button.tsx';
import { LoadedSideBySide } from './side-by-side/loaded-side-by-side.tsx';
import { WithPeer } from './side-by-side/with-peer.tsx';
import { TrustState } from './trust/trust-state.tsx';

export interface DashboardProps {
  onForgetKey: () => void;
}

const TITLE = 'Channel Usage Analytics';

/** The page of somebody who has a key. */
export function Dashboard({ onForgetKey }: DashboardProps) {
  const { view, problems, change, go } = useView();
  const { data: key } = useQuery(keyQuery(useApi()));
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
        overview={
          peerId === undefined || onlyPeerOf(key) !== undefined ? undefined : viewLink(overviewOf(view), go)
        }
        onPeer={(chosen) => change(viewOf(chosen, view), 'push')}
        onForgetKey={onForgetKey}
      />
      <main className="page">
        <SampleNotice />
        {problems.length > 0 && <Notice tone="warning">{problems.join(' ')}</Notice>}
        {peerId === undefined ? (
          <Start view={view} today={today} change={change} go={go} />
        ) : (
          <>
            <NoteOpened key={peerId} peerId={peerId} />
            <PeerPage view={{ ...view, peerId }} today={today} change={change} />
          </>
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
      <PrintHeading view={view} today={today} />
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
        {!isShared && <SettingsButton peerId={peerId} key={`settings ${peerId}`} />}
        {!isShared && <ShareButton peerId={peerId} key={`share ${peerId}`} />}
        <ReportMenu key={`report ${peerId}`} peerId={peerId} today={today} />
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
        <LoadedSideBySide {...props} withPeerId={withPeerId} />
      )}
    </>
  );
}

/** Where no peer is named: the one that the key is for, or the overview of all. */
function Start({ view, today, change, go }: OverviewProps) {
  const api = useApi();
  const query = useQuery(keyQuery(api));
  const { data } = query;
  const only = onlyPeerOf(data);
  useEffect(() => {
    if (only !== undefined) change({ peerId: only }, 'replace');
  }, [only, change]);
  const problem = problemOf(query);
  if (data === undefined && problem !== undefined) {
    return <ProblemNotice problem={problem} queryKey={keyQuery(api).queryKey} />;
  }
  if (data === undefined || only !== undefined) return <Waiting label="Looking for peers" height={320} />;
  return <LoadedOverview view={view} today={today} change={change} go={go} />;
}

/** The peer of a key that is for one alone. */
function onlyPeerOf(key: KeyAnswer | null | undefined): string | undefined {
  return Array.isArray(key?.peers) && key.peers.length === 1 ? key.peers[0] : undefined;
}
