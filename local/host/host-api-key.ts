import { type ApiKeyGrant, SCOPES } from '../../functions/shared/domain/api-key.ts';
import {
  ApiKeyFormatError,
  apiKeyRecordOf,
  makeApiKey,
  parseApiKey,
} from '../../functions/shared/domain/api-key-text.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import { readIfThere, writeDurably } from '../support/durable-file.ts';
import { HostError } from '../support/host-error.ts';

const GRANT: ApiKeyGrant = { scopes: SCOPES, peers: 'all', label: 'local host' };

export interface HostApiKeyOptions {
  /** The key that the person wants to use; without one, the one in the file is used, or made. */
  wanted: string | undefined;
  file: string;
  store: ApiKeyStore;
  now: EpochMillis;
  randomBytes: (length: number) => Uint8Array;
}

/** Refuses a text that is no API key. @throws HostError */
export function checkWantedKey(wanted: string | undefined): void {
  if (wanted === undefined) return;
  try {
    apiKeyRecordOf(wanted, GRANT, 0);
  } catch (error) {
    if (!(error instanceof ApiKeyFormatError)) throw error;
    throw new HostError(`LOCAL_API_KEY is wrong: ${error.message}`);
  }
}

/**
 * Sees to it that there is an API key for everything, and gives its text. It stays the same over restarts.
 *
 * @throws HostError where the wanted key, or the one in the file, is no API key
 */
export async function prepareApiKey(options: HostApiKeyOptions): Promise<string> {
  const { wanted, file, store, now, randomBytes } = options;
  checkWantedKey(wanted);
  const kept = wanted ?? (await readIfThere(file))?.trim();
  if (kept === undefined) {
    const { key, record } = makeApiKey(GRANT, now, randomBytes);
    await writeDurably(file, `${key}\n`);
    await store.replace(record);
    return key;
  }
  const parts = parseApiKey(kept);
  if (parts === undefined) {
    throw new HostError(`${file} does not hold an API key; delete it, and a new one is made`);
  }
  const record = apiKeyRecordOf(kept, GRANT, now);
  const stored = await store.read(parts.keyId);
  // A record that is there stays as it is: it may have been revoked since.
  const isStored = stored !== undefined && Buffer.from(stored.secretHash).equals(record.secretHash);
  if (!isStored) await store.replace(record);
  return kept;
}
