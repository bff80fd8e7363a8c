import { type AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { resolveEndpointDiscoveryConfig } from '../../infra/shims/endpoint-discovery.ts';
import { defaultProvider } from '../../infra/shims/environment-credentials.ts';
import { EventStreamSerde } from '../../infra/shims/no-event-streams.ts';
import { Sha256 } from '../../infra/shims/sha256.ts';

// What is bundled in place of parts of the SDK does what those parts do, as far as it is used.

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('SHA-256', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const bytes = (text: string) => new TextEncoder().encode(text);

  test.each([
    ['nothing', [], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['text', ['abc'], 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'parts',
      [bytes('a').buffer, bytes('bc')],
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ],
  ])('of %s (FIPS 180-4)', async (_, parts, digest) => {
    const hash = new Sha256();
    for (const part of parts) hash.update(part);
    expect(hex(await hash.digest())).toBe(digest);
    hash.reset();
    hash.update('abc');
    expect(hex(await hash.digest())).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test.each([['Jefe'], [bytes('Jefe')], [bytes('Jefe').buffer]])('keyed (RFC 4231)', async (secret) => {
    const hash = new Sha256(secret);
    hash.update('what do ya want for nothing?');
    expect(hex(await hash.digest())).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });
});

describe('a request', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-11-22T10:00:00Z'), toFake: ['Date'] });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token/+=');
  });

  /** The headers of the request that goes through a client's middleware. */
  function headersOf(given: object): object {
    return z.object({ request: z.object({ headers: z.instanceof(Object) }) }).parse(given).request.headers;
  }

  /** Takes the id off, which is random. */
  function withoutInvocationId<Given extends object, Answer>(next: (given: Given) => Answer) {
    return (given: Given): Answer => {
      Reflect.deleteProperty(headersOf(given), 'amz-sdk-invocation-id');
      return next(given);
    };
  }

  /** The headers with which a client signs a request. */
  async function signatureOf(configuration: ConstructorParameters<typeof DynamoDBClient>[0]) {
    const client = new DynamoDBClient({ region: 'eu-central-1', ...configuration });
    let headers = {};
    client.middlewareStack.addRelativeTo(withoutInvocationId, {
      relation: 'after',
      toMiddleware: 'retryMiddleware',
    });
    client.middlewareStack.add(
      () => async (given) => {
        headers = { ...headersOf(given) };
        return { output: { $metadata: {} }, response: {} };
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const Item: Record<string, AttributeValue> = { pk: { S: 'ä€' }, sk: { S: 'b' } };
    await client.send(new PutItemCommand({ TableName: 't', Item }));
    return z.object({ authorization: z.string(), 'x-amz-security-token': z.string() }).parse(headers);
  }

  test('is signed as the SDK alone would sign it, with the credentials of the environment', async () => {
    const alone = await signatureOf({});
    expect(alone.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261122\/.+Signature=\w{64}$/,
    );
    expect(alone['x-amz-security-token']).toBe('token/+=');
    expect(await signatureOf({ sha256: Sha256, credentials: defaultProvider() })).toEqual(alone);
  });

  test('has no credentials where the environment holds none', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await expect(defaultProvider()()).rejects.toThrow('the environment holds no AWS credentials');
  });
});

test('the other shims take the place of what is never used', () => {
  const configuration = { region: 'eu-central-1' };
  expect(resolveEndpointDiscoveryConfig(configuration)).toBe(configuration);
  expect(() => new EventStreamSerde()).toThrow('DynamoDB has no operation with an event stream');
});
