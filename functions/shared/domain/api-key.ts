import type { EpochMillis } from './utc-day.ts';

/** What an API key may be allowed to do. */
export const SCOPES = [
  'stats:read',
  'messages:write',
  'messages:read',
  'channels:write',
  'shares:write',
  'proof:read',
] as const;
export type Scope = (typeof SCOPES)[number];

/** An API key as it is stored: its secret is not. */
export interface ApiKeyRecord {
  keyId: string;
  /** SHA-256 of the secret. */
  secretHash: Uint8Array;
  scopes: string[];
  /** The peers that it may touch. */
  peers: 'all' | string[];
  label?: string;
  createdAt: EpochMillis;
  /** From this instant on the key is refused. */
  expiresAtInstant?: EpochMillis;
  /** When it was revoked. */
  revokedAt?: EpochMillis;
}

/** Whether a key is accepted, or why not. */
export type ApiKeyState = 'active' | 'expired' | 'revoked';

/** What a key is made for. */
export interface ApiKeyGrant {
  scopes: readonly Scope[];
  peers: 'all' | readonly string[];
  label?: string;
  /** From this instant on the key is refused; without one it never expires. */
  expiresAtInstant?: EpochMillis;
}

/** The state of a key at an instant. */
export function apiKeyState(
  { revokedAt, expiresAtInstant }: Pick<ApiKeyRecord, 'revokedAt' | 'expiresAtInstant'>,
  now: EpochMillis,
): ApiKeyState {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAtInstant !== undefined && expiresAtInstant <= now ? 'expired' : 'active';
}
