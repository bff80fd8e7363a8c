import { useCallback, useState } from 'react';
import { Session } from './api/session.tsx';
import { LoadBoundary } from './components/load-boundary.tsx';
import { useEnvironment } from './environment.ts';
import { KeyForm } from './features/access/key-form.tsx';
import { Dashboard } from './features/dashboard.tsx';
import { EndedLink, SharedDashboard } from './features/sharing/shared-dashboard.tsx';
import type { StoredKey } from './state/stored-key.ts';

export interface AppProps {
  /** The reader's own key. */
  ownKey: StoredKey;
  /** The key of the share link that was opened in this tab. */
  sharedKey: StoredKey;
  /** The key of a share link that is opened now. */
  takenKey: string | undefined;
}

/** The dashboard: shows what a share link shows, or asks for a key and shows what it lets see. */
export function App({ ownKey, sharedKey, takenKey }: AppProps) {
  const [shared, setShared] = useState(() => {
    // Beside the reader's own key, which stays.
    if (takenKey !== undefined) sharedKey.write(takenKey);
    return takenKey ?? sharedKey.read();
  });
  const leave = useCallback(() => {
    sharedKey.forget();
    setShared(undefined);
  }, [sharedKey]);
  return (
    <LoadBoundary what="The page">
      {shared === undefined ? (
        <Own storedKey={ownKey} />
      ) : (
        <Shared apiKey={shared} hasOwnKey={ownKey.read() !== undefined} onLeave={leave} />
      )}
    </LoadBoundary>
  );
}

function Own({ storedKey }: { storedKey: StoredKey }) {
  const [access, setAccess] = useState(() => ({ apiKey: storedKey.read(), wasRefused: false }));
  const { recentPeers } = useEnvironment();
  const leave = useCallback(
    (wasRefused: boolean) => {
      storedKey.forget();
      recentPeers.forget();
      setAccess({ apiKey: undefined, wasRefused });
    },
    [storedKey, recentPeers],
  );
  const { apiKey, wasRefused } = access;
  if (apiKey === undefined) {
    return (
      <KeyForm
        wasRefused={wasRefused}
        onKey={(key) => {
          storedKey.write(key);
          setAccess({ apiKey: key, wasRefused: false });
        }}
      />
    );
  }
  return (
    <Session apiKey={apiKey} onRefused={() => leave(true)}>
      <Dashboard onForgetKey={() => leave(false)} />
    </Session>
  );
}

interface SharedProps {
  apiKey: string;
  hasOwnKey: boolean;
  onLeave: () => void;
}

function Shared({ apiKey, hasOwnKey, onLeave }: SharedProps) {
  const [hasEnded, setHasEnded] = useState(false);
  if (hasEnded) return <EndedLink hasOwnKey={hasOwnKey} onLeave={onLeave} />;
  return (
    <Session apiKey={apiKey} onRefused={() => setHasEnded(true)}>
      <SharedDashboard hasOwnKey={hasOwnKey} onLeave={onLeave} />
    </Session>
  );
}
