import { Waiting } from '../../components/waiting.tsx';
import { WhereMessagesAre } from '../../components/where-messages-are.tsx';

/** In the place of the overview where there is no peer. @param isLoading whether the sample is */
export function NoPeersYet({ isLoading }: { isLoading: boolean }) {
  if (isLoading) return <Waiting label="Waiting for the first peer" height={320} />;
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
