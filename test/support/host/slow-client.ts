import { once } from 'node:events';
import { connect } from 'node:net';

/** A client that sends a text and nothing more, and waits until it is shut out. */
export function slowClient(url: string, text: string) {
  const client = connect(Number(new URL(url).port), '127.0.0.1');
  // Whether it is ended or reset, it is closed.
  client.on('error', () => {}).on('end', () => client.end());
  client.write(text);
  client.resume();
  return { client, opened: once(client, 'connect'), closed: once(client, 'close') };
}
