import { describe, expect, test } from 'vitest';
import type { ApiKeyRecord } from '../../../../functions/shared/domain/api-key.ts';
import { apiKeyRecordOf, hashSecret } from '../../../../functions/shared/domain/api-key-text.ts';
import { Authenticator } from '../../../../functions/shared/http/authentication.ts';
import { keyText } from '../../../support/service/test-service.ts';

const START = Date.parse('2026-11-22T10:00:00Z');

/** Stored keys, and a count of the reads. */
function keysOf(...records: ApiKeyRecord[]) {
  const stored = new Map(records.map((record) => [record.keyId, record]));
  const reads: string[] = [];
  let next: Promise<ApiKeyRecord | undefined> | undefined;
  return {
    stored,
    reads,
    answerNext(answer: Promise<ApiKeyRecord | undefined>) {
      next = answer;
    },
    async read(keyId: string) {
      reads.push(keyId);
      const answer = next;
      next = undefined;
      return answer === undefined ? stored.get(keyId) : answer;
    },
  };
}

function recordOf(keyId: string): ApiKeyRecord {
  return apiKeyRecordOf(keyText(keyId), { scopes: ['stats:read'], peers: 'all' }, START);
}

const bearer = (keyId: string) => `Bearer ${keyText(keyId)}`;

describe('keys are remembered', () => {
  test('for 30 seconds, so that each is read once in that time', async () => {
    const keys = keysOf(recordOf('a'), recordOf('b'));
    let now = START;
    const authenticator = new Authenticator(keys, () => now);
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
    expect(await authenticator.authenticate(bearer('b'))).toEqual({ key: recordOf('b') });
    now = START + 29_999;
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
    expect(keys.reads).toEqual(['a', 'b']);
    now = START + 30_000;
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
    expect(keys.reads).toEqual(['a', 'b', 'a']);
  });

  test('where they are unknown too', async () => {
    const keys = keysOf();
    const authenticator = new Authenticator(keys, () => START);
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'unknown_key' });
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'unknown_key' });
    expect(keys.reads).toEqual(['a']);
  });

  test('once they were read: no request waits for the read of another one', async () => {
    const keys = keysOf(recordOf('a'));
    const authenticator = new Authenticator(keys, () => START);
    keys.answerNext(new Promise(() => {}));
    authenticator.authenticate(bearer('a'));
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
    expect(keys.reads).toEqual(['a', 'a']);
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
    expect(keys.reads).toEqual(['a', 'a']);
  });

  test('as long after they were asked for, however late the answer came', async () => {
    const keys = keysOf(recordOf('a'));
    let now = START;
    const authenticator = new Authenticator(keys, () => now);
    const late = Promise.withResolvers<ApiKeyRecord>();
    keys.answerNext(late.promise);
    const first = authenticator.authenticate(bearer('a'));
    now = START + 20_000;
    late.resolve(recordOf('a'));
    expect(await first).toEqual({ key: recordOf('a') });
    now = START + 29_999;
    await authenticator.authenticate(bearer('a'));
    expect(keys.reads).toEqual(['a']);
    now = START + 30_000;
    await authenticator.authenticate(bearer('a'));
    expect(keys.reads).toEqual(['a', 'a']);
  });

  test('without the failures to read them', async () => {
    const keys = keysOf(recordOf('a'));
    keys.answerNext(Promise.reject(new Error('not now')));
    const authenticator = new Authenticator(keys, () => START);
    await expect(authenticator.authenticate(bearer('a'))).rejects.toThrow('not now');
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
  });

  test('up to a bound, the latest ones', async () => {
    const keys = keysOf();
    const authenticator = new Authenticator(keys, () => START);
    for (let number = 0; number <= 1_000; number += 1) {
      await authenticator.authenticate(bearer(`key${number}`));
    }
    await authenticator.authenticate(bearer('key1000'));
    expect(keys.reads).toHaveLength(1_001);
    await authenticator.authenticate(bearer('key0'));
    expect(keys.reads).toHaveLength(1_002);
  });
});

test('a revoked key stops working within 30 seconds', async () => {
  const keys = keysOf(recordOf('a'));
  let now = START;
  const authenticator = new Authenticator(keys, () => now);
  await authenticator.authenticate(bearer('a'));
  keys.stored.set('a', { ...recordOf('a'), revokedAt: START + 1 });
  now = START + 30_000;
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'revoked', keyId: 'a' });
});

test('a key that was revoked stays revoked when an older answer comes late', async () => {
  const keys = keysOf(recordOf('a'));
  let now = START;
  const authenticator = new Authenticator(keys, () => now);
  const late = Promise.withResolvers<ApiKeyRecord>();
  keys.answerNext(late.promise);
  const first = authenticator.authenticate(bearer('a'));
  now = START + 1;
  keys.stored.set('a', { ...recordOf('a'), revokedAt: now });
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'revoked', keyId: 'a' });
  late.resolve(recordOf('a'));
  await first;
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'revoked', keyId: 'a' });
});

test('a remembered key stops working at the instant at which it expires', async () => {
  const keys = keysOf({ ...recordOf('a'), expiresAtInstant: START + 10 });
  let now = START;
  const authenticator = new Authenticator(keys, () => now);
  now = START + 9;
  expect(await authenticator.authenticate(bearer('a'))).toHaveProperty('key');
  now = START + 10;
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'expired', keyId: 'a' });
  expect(keys.reads).toEqual(['a']);
});

test('a remembered key does not let in another secret', async () => {
  const authenticator = new Authenticator(keysOf(recordOf('a')), () => START);
  await authenticator.authenticate(bearer('a'));
  expect(await authenticator.authenticate(`${bearer('a')}y`)).toEqual({ refusal: 'wrong_secret' });
});

describe('a wrong secret', () => {
  const wrong = `${bearer('a')}y`;

  const resultOf = (header: string) =>
    header === wrong ? { refusal: 'wrong_secret' } : { key: recordOf('a') };

  test.each([
    ['before', [wrong, bearer('a')]],
    ['after', [bearer('a'), wrong]],
  ])('%s the right one changes nothing for either, and costs no read of its own', async (_, headers) => {
    const keys = keysOf(recordOf('a'));
    const authenticator = new Authenticator(keys, () => START);
    for (const header of headers) expect(await authenticator.authenticate(header)).toEqual(resultOf(header));
    expect(keys.reads).toEqual(['a']);
  });

  test('at the same time as the right one changes nothing for either', async () => {
    const authenticator = new Authenticator(keysOf(recordOf('a')), () => START);
    const headers = [wrong, bearer('a'), wrong];
    const results = await Promise.all(headers.map((header) => authenticator.authenticate(header)));
    expect(results).toEqual(headers.map(resultOf));
  });

  test('is compared with what is stored 30 seconds later', async () => {
    const keys = keysOf(recordOf('a'));
    let now = START;
    const authenticator = new Authenticator(keys, () => now);
    expect(await authenticator.authenticate(wrong)).toEqual({ refusal: 'wrong_secret' });
    const renewed = { ...recordOf('a'), secretHash: hashSecret(wrong.slice('Bearer cua_a_'.length)) };
    keys.stored.set('a', renewed);
    now = START + 30_000;
    expect(await authenticator.authenticate(wrong)).toEqual({ key: renewed });
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'wrong_secret' });
  });

  test('is told nothing of the key, not even that it was revoked', async () => {
    const keys = keysOf({ ...recordOf('a'), revokedAt: START });
    const authenticator = new Authenticator(keys, () => START);
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'revoked', keyId: 'a' });
    expect(await authenticator.authenticate(wrong)).toEqual({ refusal: 'wrong_secret' });
  });
});

test('a malformed key is refused without a read', async () => {
  const keys = keysOf(recordOf('a'));
  const authenticator = new Authenticator(keys, () => START);
  expect(await authenticator.authenticate('Bearer cua_a_short')).toEqual({ refusal: 'malformed' });
  expect(await authenticator.authenticate(undefined)).toEqual({ refusal: 'missing' });
  expect(keys.reads).toEqual([]);
});

test('a stored hash of another length lets nobody in', async () => {
  const keys = keysOf({ ...recordOf('a'), secretHash: new Uint8Array(0) });
  const authenticator = new Authenticator(keys, () => START);
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'wrong_secret' });
});
