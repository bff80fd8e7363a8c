import { QueryClientProvider } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useEnvironment } from '../environment.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { queryClient } from './query-client.ts';
import { SharedPoll } from './shared-poll.ts';

interface Access {
  api: ApiClient;
  poll: SharedPoll;
}

const AccessContext = createContext<Access | undefined>(undefined);

export interface SessionProps {
  /** The reader's key. Another one is for another session: a change is not followed. */
  apiKey: string;
  /** Called when the key stopped working. */
  onRefused: () => void;
  children: ReactNode;
}

/** Lets what is inside ask the API. Answers are kept as long as it is there, and not shared between keys. */
export function Session({ apiKey, onRefused, children }: SessionProps) {
  const { clock, fetch, random, otherPages } = useEnvironment();
  const [client] = useState(() => queryClient({ onRefused, random }));
  const [access] = useState(() => ({
    api: apiClient({ key: apiKey, fetch, timeLimit: (ms) => AbortSignal.timeout(ms) }),
    poll: new SharedPoll({ client, clock, spread: random(), isHidden: () => document.hidden }),
  }));
  const { poll } = access;
  useEffect(() => () => client.clear(), [client]);
  useEffect(() => poll.share(otherPages(apiKey)), [poll, otherPages, apiKey]);
  useEffect(() => followReader(poll), [poll]);
  return (
    <AccessContext value={access}>
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    </AccessContext>
  );
}

/** @throws Error outside of a `Session` */
export function useApi(): ApiClient {
  return useAccess().api;
}

/** The question that is asked again and again. @throws Error outside of a `Session` */
export function usePoll(): SharedPoll {
  return useAccess().poll;
}

function useAccess(): Access {
  const access = useContext(AccessContext);
  if (access === undefined) throw new Error('there is no session around this component');
  return access;
}

/** Tells a poll what the reader does. @returns ends that */
function followReader(poll: SharedPoll): () => void {
  const act = () => poll.readerActs();
  // The query client listens on the window, and so decides after this whether to ask.
  const turn = () => {
    if (!document.hidden) poll.isSeen();
  };
  document.addEventListener('pointerdown', act);
  document.addEventListener('keydown', act);
  document.addEventListener('visibilitychange', turn);
  return () => {
    document.removeEventListener('pointerdown', act);
    document.removeEventListener('keydown', act);
    document.removeEventListener('visibilitychange', turn);
  };
}
