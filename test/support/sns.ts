import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * An SNS that takes batches of messages.
 *
 * @param judge throws where a request is to be refused
 * @returns its address, and the messages that were published, with the ARN of their topic
 */
export async function startSns(judge: (action: string) => void = () => {}) {
  const published: { topicArn: string; message: string }[] = [];
  const server = createServer(async (request, response) => {
    const parameters = new URLSearchParams(await text(request));
    try {
      if (parameters.get('Action') !== 'PublishBatch') throw new Error('only batches are understood');
      judge('sns:Publish');
    } catch (error) {
      const problem = `<Error><Code>AuthorizationError</Code><Message>${error}</Message></Error>`;
      response.writeHead(403).end(`<ErrorResponse>${problem}</ErrorResponse>`);
      return;
    }
    const taken = [];
    for (let number = 1; ; number += 1) {
      const entry = `PublishBatchRequestEntries.member.${number}`;
      const [id, message] = [parameters.get(`${entry}.Id`), parameters.get(`${entry}.Message`)];
      if (id === null || message === null) break;
      published.push({ topicArn: parameters.get('TopicArn') ?? '', message });
      taken.push(`<member><Id>${id}</Id><MessageId>message-${published.length}</MessageId></member>`);
    }
    const result = `<Successful>${taken.join('')}</Successful><Failed/>`;
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(`<PublishBatchResponse><PublishBatchResult>${result}</PublishBatchResult></PublishBatchResponse>`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    published,
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
