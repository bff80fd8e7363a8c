import { type ApiKeyRecord, type ApiKeyState, apiKeyState } from '../../functions/shared/domain/api-key.ts';
import { isShareLinkId } from '../../functions/shared/domain/share-link.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { textTable } from './text-table.ts';

/** What is shown of a key: nothing of its secret. Instants are ISO 8601, in UTC. */
interface ShownKey {
  keyId: string;
  kind: 'key' | 'share link';
  label?: string;
  scopes: string[];
  peers: 'all' | string[];
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
  state: ApiKeyState;
}

/** What is shown of keys, the oldest first. */
export function shownKeys(keys: readonly ApiKeyRecord[], now: EpochMillis): ShownKey[] {
  return keys
    .toSorted((one, other) => one.createdAt - other.createdAt)
    .map((key) => {
      const { keyId, label, scopes, peers, createdAt, expiresAtInstant, revokedAt } = key;
      return {
        keyId,
        kind: isShareLinkId(keyId) ? ('share link' as const) : ('key' as const),
        ...(label !== undefined && { label }),
        scopes,
        peers,
        createdAt: new Date(createdAt).toISOString(),
        ...(expiresAtInstant !== undefined && { expiresAt: new Date(expiresAtInstant).toISOString() }),
        ...(revokedAt !== undefined && { revokedAt: new Date(revokedAt).toISOString() }),
        state: apiKeyState(key, now),
      };
    });
}

const HEADINGS = ['KEY ID', 'KIND', 'LABEL', 'SCOPES', 'PEERS', 'CREATED', 'EXPIRES', 'STATE'];
const MAX_PEERS = 3;

/** A table of keys, for people. */
export function keyTable(keys: readonly ShownKey[]): string {
  const rows = keys.map(({ keyId, kind, label = '-', scopes, peers, createdAt, expiresAt, state }) => [
    keyId,
    kind,
    label,
    scopes.join(','),
    peersInShort(peers),
    minute(createdAt),
    expiresAt === undefined ? 'never' : minute(expiresAt),
    state,
  ]);
  return textTable(HEADINGS, rows);
}

function peersInShort(peers: ShownKey['peers']): string {
  if (peers === 'all') return 'all';
  const more = peers.length - MAX_PEERS;
  return peers.slice(0, MAX_PEERS).join(',') + (more > 0 ? ` and ${more} more` : '');
}

function minute(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')}Z`;
}
