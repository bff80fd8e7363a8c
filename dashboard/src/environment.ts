import { createContext, useContext } from 'react';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { OtherPages } from './api/other-pages.ts';
import type { DateFormats } from './date-formats.ts';
import type { PageFormats } from './page-formats.ts';
import type { RecentPeers } from './state/recent-peers.ts';

/** What the page takes from the browser that it runs in. */
export interface Environment {
  clock: () => EpochMillis;
  /** A number from 0 up to 1. */
  random: () => number;
  fetch: typeof fetch;
  /** Where the local host tells how far its sample is; nothing in the cloud. */
  hostHealth: string | undefined;
  /** Finds the other pages that have an API key; nothing where they cannot be found. */
  otherPages: (apiKey: string) => Promise<OtherPages | undefined>;
  /** The peers that the reader opened last. */
  recentPeers: RecentPeers;
  formats: PageFormats;
  dates: DateFormats;
}

const EnvironmentContext = createContext<Environment | undefined>(undefined);

export const EnvironmentProvider = EnvironmentContext.Provider;

/** @throws Error outside of an `EnvironmentProvider` */
export function useEnvironment(): Environment {
  const environment = useContext(EnvironmentContext);
  if (environment === undefined) throw new Error('there is no environment around this component');
  return environment;
}
