// First of all, so that nothing else sees the key of a share link in the address.

import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { takenKey } from './take-shared-key.ts';
import './mantine-styles.ts';
import './page.css';
import { HOST_HEALTH_META } from '../../local/sample/sample-status.ts';
import { otherPages } from './api/other-pages.ts';
import { App } from './app.tsx';
import { dateFormatsFor } from './date-formats.ts';
import { type Environment, EnvironmentProvider } from './environment.ts';
import { pageFormatsFor } from './page-formats.ts';
import { recentPeers } from './state/recent-peers.ts';
import { storedKey } from './state/stored-key.ts';
import { THEME } from './theme.ts';

/** What the HTML of the page tells its script; nothing where it is not told. */
function told(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
}

const environment: Environment = {
  clock: () => Date.now(),
  random: () => Math.random(),
  fetch: (input, init) => fetch(input, init),
  hostHealth: told(HOST_HEALTH_META),
  otherPages,
  recentPeers: recentPeers(() => window.sessionStorage),
  formats: pageFormatsFor(navigator.language),
  dates: dateFormatsFor(navigator.language),
};

/** The content security policy lets only those styles in that carry it. */
const styleNonce = told('csp-nonce') ?? '';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the dashboard');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={THEME} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <EnvironmentProvider value={environment}>
        <App
          ownKey={storedKey(() => window.sessionStorage)}
          sharedKey={storedKey(() => window.sessionStorage, 'shared')}
          takenKey={takenKey}
        />
      </EnvironmentProvider>
    </MantineProvider>
  </StrictMode>,
);
