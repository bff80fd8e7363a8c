import { describe, expect, test } from 'vitest';
import { type ApiKeyRecord, apiKeyRecordOf } from '../../../../functions/shared/domain/api-key.ts';
import { Authenticator } from '../../../../functions/shared/http/authentication.ts';
import { keyText } from '../../../support/test-service.ts';

const START = Date.parse('2026-11-22T10:00:00Z');

/** Stored keys, and a count of the reads. */
function keysOf(...records: ApiKeyRecord[]) {
  const stored = new Map(records.map((record) => [record.keyId, record]));
  const reads: string[] = [];
  let failure: Error | undefined;
  return {
    stored,
    reads,
    failNext(error: Error) {
      failure = error;
    },
    async read(keyId: string) {
      reads.push(keyId);
      const error = failure;
      failure = undefined;
      if (error !== undefined) throw error;
      return stored.get(keyId);
    },
  };
}

function recordOf(keyId: string): ApiKeyRecord {
  return apiKeyRecordOf(keyText(keyId), { scopes: ['stats:read'], peers: 'all' }, START);
}

/** For tests to which it does not matter how long a refusal takes. */
const atOnce = async () => {};

const bearer = (keyId: string) => `Bearer ${keyText(keyId)}`;

describe('keys are remembered', () => {
  test('for 30 seconds, so that each is read once in that time', async () => {
    const keys = keysOf(recordOf('a'), recordOf('b'));
    let now = START;
    const authenticator = new Authenticator(keys, () => now, atOnce);
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
    const authenticator = new Authenticator(keys, () => START, atOnce);
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'unknown_key' });
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'unknown_key' });
    expect(keys.reads).toEqual(['a']);
  });

  test('with one read for requests at the same time', async () => {
    const keys = keysOf(recordOf('a'));
    const authenticator = new Authenticator(keys, () => START, atOnce);
    await Promise.all([authenticator.authenticate(bearer('a')), authenticator.authenticate(bearer('a'))]);
    expect(keys.reads).toEqual(['a']);
  });

  test('without the failures to read them', async () => {
    const keys = keysOf(recordOf('a'));
    keys.failNext(new Error('not now'));
    const authenticator = new Authenticator(keys, () => START, atOnce);
    await expect(authenticator.authenticate(bearer('a'))).rejects.toThrow('not now');
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
  });

  test('up to a bound, the latest ones', async () => {
    const keys = keysOf();
    const authenticator = new Authenticator(keys, () => START, atOnce);
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
  const authenticator = new Authenticator(keys, () => now, atOnce);
  await authenticator.authenticate(bearer('a'));
  keys.stored.set('a', { ...recordOf('a'), revokedAt: START + 1 });
  now = START + 30_000;
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'revoked', keyId: 'a' });
});

test('a remembered key stops working at the instant at which it expires', async () => {
  const keys = keysOf({ ...recordOf('a'), expiresAtInstant: START + 10 });
  let now = START;
  const authenticator = new Authenticator(keys, () => now, atOnce);
  now = START + 9;
  expect(await authenticator.authenticate(bearer('a'))).toHaveProperty('key');
  now = START + 10;
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'expired', keyId: 'a' });
  expect(keys.reads).toEqual(['a']);
});

test('a remembered key does not let in another secret', async () => {
  const authenticator = new Authenticator(keysOf(recordOf('a')), () => START, atOnce);
  await authenticator.authenticate(bearer('a'));
  expect(await authenticator.authenticate(`${bearer('a')}y`)).toEqual({ refusal: 'wrong_secret' });
});

describe('whether a key id is known does not show', () => {
  test.each([
    ['a wrong secret', `${bearer('a')}y`, 'wrong_secret'],
    ['an unknown id', bearer('b'), 'unknown_key'],
  ])('in the reads: %s is looked up, although the key is in use', async (_, header, refusal) => {
    const keys = keysOf(recordOf('a'));
    const authenticator = new Authenticator(keys, () => START, atOnce);
    await authenticator.authenticate(bearer('a'));
    expect(await authenticator.authenticate(header)).toEqual({ refusal });
    expect(await authenticator.authenticate(header)).toEqual({ refusal });
    expect(keys.reads).toHaveLength(2);
  });

  test.each([
    ['a wrong secret', `${bearer('a')}y`, 'wrong_secret'],
    ['an unknown id', bearer('b'), 'unknown_key'],
  ])(
    'in the time: %s is refused when a time is over that began before the read',
    async (_, header, refusal) => {
      const events: string[] = [];
      const keys = keysOf(recordOf('a'));
      let end = () => {};
      const pause = (milliseconds: number) => {
        events.push(`pause of ${milliseconds} ms, after ${keys.reads.length} reads`);
        return new Promise<void>((resolve) => {
          end = () => {
            events.push('it ends');
            resolve();
          };
        });
      };
      const answer = new Authenticator(keys, () => START, pause).authenticate(header).then((result) => {
        events.push('refused');
        return result;
      });
      await new Promise(setImmediate);
      end();
      expect(await answer).toEqual({ refusal });
      expect(events).toEqual(['pause of 25 ms, after 0 reads', 'it ends', 'refused']);
    },
  );

  test('and whoever has the key need not wait', async () => {
    const authenticator = new Authenticator(
      keysOf(recordOf('a')),
      () => START,
      () => new Promise(() => {}),
    );
    expect(await authenticator.authenticate(bearer('a'))).toEqual({ key: recordOf('a') });
  });
});

test('a malformed key is refused without a read', async () => {
  const keys = keysOf(recordOf('a'));
  const authenticator = new Authenticator(keys, () => START, atOnce);
  expect(await authenticator.authenticate('Bearer cua_a_short')).toEqual({ refusal: 'malformed' });
  expect(await authenticator.authenticate(undefined)).toEqual({ refusal: 'missing' });
  expect(keys.reads).toEqual([]);
});

test('a stored hash of another length lets nobody in', async () => {
  const keys = keysOf({ ...recordOf('a'), secretHash: new Uint8Array(0) });
  const authenticator = new Authenticator(keys, () => START, atOnce);
  expect(await authenticator.authenticate(bearer('a'))).toEqual({ refusal: 'wrong_secret' });
});
