import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { isolated } from '../../../../functions/shared/domain/name-in-text.ts';
import { dayOf } from '../../../../functions/shared/domain/utc-day.ts';
import { keyQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { useApi } from '../../api/session.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useEnvironment } from '../../environment.ts';
import { useToday } from '../../state/use-today.ts';
import { useView } from '../../state/use-view.ts';
import '../access/key-form.css';
import { PeerPage } from '../dashboard.tsx';
import { ColorSchemeToggle } from '../header/color-scheme-toggle.tsx';
import '../header/page-header.css';
import './sharing.css';

export interface SharedProps {
  /** Whether the reader has a key of their own in this tab. */
  hasOwnKey: boolean;
  /** Leaves what is shared. */
  onLeave: () => void;
}

/** What somebody sees who has opened a share link: one peer, and nothing to change. */
export function SharedDashboard({ hasOwnKey, onLeave }: SharedProps) {
  const api = useApi();
  const options = keyQuery(api);
  const query = useQuery(options);
  const { data } = query;
  const peerId = data?.peers === 'all' ? undefined : data?.peers[0];
  const problem = problemOf(query);
  return (
    <>
      <header className="page-header">
        <div className="page-header-content shared-header">
          <h1>
            <bdi>{peerId ?? 'Channel Usage Analytics'}</bdi>
          </h1>
          <SharedUntil expiresAt={data?.expiresAt ?? undefined} />
          <div className="page-header-buttons">
            <ColorSchemeToggle />
            {hasOwnKey && (
              <Button variant="default" size="sm" onClick={onLeave}>
                Back to your own view
              </Button>
            )}
          </div>
        </div>
      </header>
      <main className="page">
        {peerId !== undefined && <SharedPeer peerId={peerId} />}
        {peerId === undefined && problem === undefined && <Waiting label="Opening the link" height={320} />}
        {problem !== undefined && <ProblemNotice problem={problem} queryKey={options.queryKey} />}
      </main>
      <footer className="page-footer">
        Messages that people wrote are counted, those that the peer answered are not. Days are UTC.{' '}
        <a href="assets/notices.txt">Third-party notices</a>
      </footer>
    </>
  );
}

function SharedUntil({ expiresAt }: { expiresAt: string | undefined }) {
  const { dates } = useEnvironment();
  const until = expiresAt === undefined ? '' : `, until ${dates.day(dayOf(Date.parse(expiresAt)))}`;
  return <p className="shared-until">Shared read-only{until}</p>;
}

/** The peer of the link, whichever one the address names. */
function SharedPeer({ peerId }: { peerId: string }) {
  const { view, change } = useView();
  const today = useToday();
  const named = view.peerId;
  useEffect(() => {
    if (named !== peerId) change({ peerId }, 'replace');
  }, [named, peerId, change]);
  useEffect(() => {
    document.title = `${isolated(peerId)} · Channel Usage`;
  }, [peerId]);
  return (
    <PeerPage view={{ ...view, peerId, withPeerId: undefined }} today={today} change={change} isShared />
  );
}

/** What somebody sees whose link has ended. */
export function EndedLink({ hasOwnKey, onLeave }: SharedProps) {
  return (
    <main className="key-page">
      <div className="key-form" role="alert">
        <h1>This link does not work any more</h1>
        <p className="key-form-lead">
          It has expired or was revoked, or a part of it is missing. Whoever shared it can make a new one.
        </p>
        <Button variant="default" size="md" onClick={onLeave}>
          {hasOwnKey ? 'Back to your own view' : 'Use an API key'}
        </Button>
      </div>
    </main>
  );
}
