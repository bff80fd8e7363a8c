import { useCallback, useState } from 'react';
import { Session } from './api/session.tsx';
import { LoadBoundary } from './components/load-boundary.tsx';
import { KeyForm } from './features/access/key-form.tsx';
import { Dashboard } from './features/dashboard.tsx';
import type { StoredKey } from './state/stored-key.ts';

/** The dashboard: asks for a key, and shows what it lets see. */
export function App({ storedKey }: { storedKey: StoredKey }) {
  const [access, setAccess] = useState(() => ({ apiKey: storedKey.read(), wasRefused: false }));
  const leave = useCallback(
    (wasRefused: boolean) => {
      storedKey.forget();
      setAccess({ apiKey: undefined, wasRefused });
    },
    [storedKey],
  );
  const { apiKey, wasRefused } = access;
  return (
    <LoadBoundary what="The page">
      {apiKey === undefined ? (
        <KeyForm
          wasRefused={wasRefused}
          onKey={(key) => {
            storedKey.write(key);
            setAccess({ apiKey: key, wasRefused: false });
          }}
        />
      ) : (
        <Session apiKey={apiKey} onRefused={() => leave(true)}>
          <Dashboard onForgetKey={() => leave(false)} />
        </Session>
      )}
    </LoadBoundary>
  );
}
