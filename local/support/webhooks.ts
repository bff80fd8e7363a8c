import type { Receiver } from '../../functions/send-notifications/receiver.ts';
import { standardWebhook } from '../../functions/send-notifications/webhook-receivers.ts';
import { SigningSecretError, signingKeys } from '../../functions/send-notifications/webhook-signature.ts';
import type { Waiting } from '../../functions/shared/runtime/waiting.ts';
import { postOverHttp } from '../../functions/shared/sending/post-over-http.ts';
import { urlProblem } from '../../functions/shared/sending/public-address.ts';
import { HostError } from './host-error.ts';

/**
 * Webhooks that are named on the command line: of this machine too, and without TLS.
 *
 * @param secret what the option `--webhook-secret` gives
 * @throws HostError that names the option which is missing or wrong
 */
export function localWebhooks(
  urls: readonly string[],
  secret: string | undefined,
  waiting: Pick<Waiting, 'deadline'>,
): Receiver[] {
  if (urls.length === 0 && secret === undefined) return [];
  if (urls.length === 0) throw new HostError('--webhook-secret needs --webhook, to which it belongs');
  if (secret === undefined) {
    throw new HostError('--webhook needs --webhook-secret, with which it is signed: whsec_ and Base64');
  }
  const post = postOverHttp({ waiting, allowLoopback: true });
  const keys = keysOf(secret);
  return urls.map((url, index) => {
    const problem = urlProblem(url, { allowLoopback: true });
    const name = `webhook-${index + 1}`;
    if (problem !== undefined) throw new HostError(`nothing can be sent to ${name}: ${problem}`);
    return standardWebhook({ name, url, keys }, post);
  });
}

function keysOf(secret: string) {
  try {
    return signingKeys(secret, '--webhook-secret');
  } catch (error) {
    if (!(error instanceof SigningSecretError)) throw error;
    throw new HostError(error.message, { cause: error });
  }
}
