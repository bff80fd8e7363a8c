import { givenHealthSettings, type HealthSettings } from '../shared/domain/health-settings.ts';
import type { PeerRequest } from '../shared/http/http.ts';
import { parseRequest } from '../shared/http/request-parsing.ts';
import type { Log } from '../shared/runtime/observability.ts';
import type { HealthSettingsStore } from '../shared/store/health-settings-store.ts';

/** Answers with the thresholds of a peer's health findings: those that were set, and defaults for the others. */
export function getHealthSettings(
  store: Pick<HealthSettingsStore, 'read'>,
): (request: PeerRequest) => Promise<HealthSettings> {
  return ({ peerId }) => store.read(peerId);
}

/**
 * Sets the thresholds of a peer's health findings, in place of all that were set before, and answers with
 * them as they then are. Logged as changes of channels are.
 */
export function putHealthSettings(
  store: Pick<HealthSettingsStore, 'replace'>,
  log: Log,
): (request: PeerRequest) => Promise<HealthSettings> {
  return async ({ requestId, key, peerId, json }) => {
    const given = parseRequest(givenHealthSettings, json(), 'body');
    const { before, after } = await store.replace(peerId, given);
    log.info('health settings changed', {
      requestId,
      keyId: key.keyId,
      peerId,
      given: Object.keys(given),
      before,
      after,
    });
    return after;
  };
}
