import {
  hostHealth,
  type RunningHost,
  startLocalHost,
  temporaryFolder,
  until,
} from '../../support/host/local-host.ts';

/** The peers of the sample. */
export const SAMPLE_PEERS = ['peer_support', 'peer_hr', 'peer_123', 'peer_demo'] as const;

/**
 * Starts a local host, and waits until its sample is loaded. Where `DASHBOARD_DATA` names a data folder it is
 * that one, which is kept: the next run need not load the sample again.
 */
export async function startSampleHost(): Promise<RunningHost> {
  const dataFolder = process.env['DASHBOARD_DATA'] ?? (await temporaryFolder());
  const host = await startLocalHost({ dataFolder });
  const loaded = until(async () => {
    const { state } = (await hostHealth(host)).sample;
    return state === 'loaded' || state === 'none' ? host : undefined;
  });
  const ended = host.exit.then(({ stderr }) => {
    throw new Error(`the local host ended: ${stderr}`);
  });
  ended.catch(() => {});
  return Promise.race([loaded, ended]);
}
