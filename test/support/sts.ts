import { once } from 'node:events';
import { createServer } from 'node:http';

const ANSWER =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/operator</Arn>' +
  '</GetCallerIdentityResult></GetCallerIdentityResponse>';

/** An STS to which everybody is the same operator. */
export async function startSts() {
  const server = createServer((_request, response) => response.writeHead(200).end(ANSWER));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
