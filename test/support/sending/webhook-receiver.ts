import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { serverThat } from './server.ts';

/** What came to a receiver, and was signed well. */
interface Taken {
  id: string | undefined;
  /** As it came, to the byte. */
  body: string;
}

/**
 * A receiver of Standard Webhooks on this machine. It verifies with the published library, which compares with the time
 * of this machine.
 *
 * @param secrets those that it knows: one of them has to fit
 */
export async function webhookReceiver(secrets: readonly string[]) {
  const taken: Taken[] = [];
  const url = await serverThat(async (request, response) => {
    const body = await text(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const isSigned = secrets.some((secret) => {
      try {
        new Webhook(secret).verify(body, headers);
        return true;
      } catch {
        return false;
      }
    });
    if (isSigned) taken.push({ id: headers['webhook-id'], body });
    response.writeHead(isSigned ? 204 : 401).end();
  });
  return { url, taken };
}
