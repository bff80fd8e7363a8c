import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { signedHeaders, signingKeys } from '../../../functions/send-notifications/webhook-signature.ts';

const AT = Date.parse('2026-11-22T10:00:00.999Z');
const BODY = '{"type":"finding.begun","data":{"name":"Füße 🦶"}}';
const secretOf = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`;

function signed(secrets: string, body = BODY) {
  return signedHeaders(signingKeys(secrets, 'the parameter /hook'), { id: 'msg_1', body, at: AT });
}

/** The published library compares with the time of this machine. */
function standAt(instant: number) {
  vi.useFakeTimers({ now: instant });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

describe('the published library', () => {
  test.each([24, 32, 33, 64])('accepts what is signed with a secret of %i bytes', (bytes) => {
    standAt(AT);
    const secret = secretOf(bytes);
    expect(new Webhook(secret).verify(BODY, signed(secret))).toEqual(JSON.parse(BODY));
  });

  test('signs as this does', () => {
    const secret = secretOf(32);
    expect(signed(secret)).toEqual({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Date.parse('2026-11-22T10:00:00Z') / 1000),
      'webhook-signature': new Webhook(secret).sign('msg_1', new Date(AT), BODY),
    });
  });

  test('accepts it with the old secret and with the new one, while one takes the place of the other', () => {
    standAt(AT);
    const [old, next] = [secretOf(32), secretOf(48)];
    for (const between of [' ', '\n', '\t \r\n']) {
      const headers = signed(`${old}${between}${next}\n`);
      expect(new Webhook(old).verify(BODY, headers)).toEqual(JSON.parse(BODY));
      expect(new Webhook(next).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    }
  });

  test('refuses it with another secret, with another body, and when it is old', () => {
    standAt(AT);
    const secret = secretOf(32);
    const headers = signed(secret);
    expect(() => new Webhook(secretOf(32)).verify(BODY, headers)).toThrow('No matching signature');
    expect(() => new Webhook(secret).verify(`${BODY} `, headers)).toThrow('No matching signature');
    vi.setSystemTime(AT + 301_000);
    expect(() => new Webhook(secret).verify(BODY, headers)).toThrow('too old');
  });
});

test.each([
  ['', 'the parameter /hook holds no secret'],
  [' \n', 'the parameter /hook holds no secret'],
  [`${secretOf(32)} ${secretOf(32)} ${secretOf(32)}`, 'the parameter /hook holds 3 secrets; there may be 2'],
  ['c2VjcmV0', 'the secret in the parameter /hook does not begin with whsec_'],
  ['whsec_', 'the secret in the parameter /hook is not base64 behind whsec_'],
  ['whsec_secret-word!', 'the secret in the parameter /hook is not base64 behind whsec_'],
  [secretOf(23), 'the secret in the parameter /hook stands for 23 bytes; it needs 24 to 64'],
  [secretOf(65), 'the secret in the parameter /hook stands for 65 bytes; it needs 24 to 64'],
  [
    `${secretOf(32)} ${secretOf(16)}`,
    'secret 2 in the parameter /hook stands for 16 bytes; it needs 24 to 64',
  ],
])('a secret that cannot be used is an error that names its place, and not the secret', (secret, message) => {
  expect(() => signingKeys(secret, 'the parameter /hook')).toThrow(
    expect.objectContaining({ name: 'SigningSecretError', message }),
  );
});
