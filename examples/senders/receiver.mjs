// What all senders share: from a request of a platform to recorded messages. Plain Node.js, without packages.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The largest payload of these platforms is one of 3 MB, of WhatsApp. */
const MAX_BODY_BYTES = 4_000_000;
/** Slack asks for an answer within three seconds, and has the shortest patience of all. */
const RECORD_WITHIN_MS = '2500';
/** Chatwoot and Twilio try once or twice themselves: what fails for a moment is tried again here. */
const WAITS_BEFORE_ATTEMPTS_MS = [0, 200, 600];
/** So many messages one request of the service takes. */
const MOST_AT_A_TIME = 500;
/** How old a signed request may be, where its signature covers a time. */
const REPLAY_WINDOW_SECONDS = 300;

export const REFUSED = { status: 401 };
export const WRONG_METHOD = { status: 405 };

/** Whether two texts are the same, in a time that tells nothing about where they differ, nor how long they are. */
export function isSame(one = '', other = '') {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a, b);
}

/**
 * The HMAC of some bytes.
 *
 * @param {string} secret
 * @param {(string | Buffer)[]} parts what is signed, one behind the other
 * @param {{algorithm?: string, encoding?: 'hex' | 'base64'}} [how]
 */
export function hmac(secret, parts, { algorithm = 'sha256', encoding = 'hex' } = {}) {
  const signing = createHmac(algorithm, secret);
  for (const part of parts) signing.update(part);
  return signing.digest(encoding);
}

/** Whether a time that was signed, in seconds as text, is of these minutes: an old request sent again is not. */
export function isFresh(seconds = '') {
  return (
    /^\d{1,12}$/.test(seconds) && Math.abs(Date.now() / 1_000 - Number(seconds)) <= REPLAY_WINDOW_SECONDS
  );
}

/**
 * Makes what receives the requests of a platform: a server, where the module is the program that runs, listening on
 * PORT; and the handler of a Lambda function URL.
 *
 * @param {string} moduleUrl the `import.meta.url` of the platform's module
 * @param {string[]} needed the environment variables that the platform needs
 * @param {(request: {method: string, query: URLSearchParams, headers: object, body: Buffer}, env: object) =>
 *   {status?: number, type?: string, text?: string, messages?: object[]}} read verifies a request, and tells which
 *   messages are in it. What it finds to be no message it leaves out.
 */
export function receiver(moduleUrl, needed, read) {
  const { env } = process;
  if (process.argv[1] === fileURLToPath(moduleUrl)) listen((request) => receive(request, env), needed);
  return async (event) => {
    const { status = 200, type = 'text/plain', text = '' } = await receive(requestOf(event), env);
    return { statusCode: status, headers: { 'content-type': type }, body: text };
  };

  async function receive(request) {
    try {
      const { messages = [], ...answer } = read(request, env);
      const isRecorded = messages.length === 0 || (await recordAll(messages, env));
      return isRecorded ? answer : { status: 503 };
    } catch (error) {
      // Its message may quote what was sent, and so is nobody's business.
      console.error(`A request could not be read: ${error.name}`);
      return { status: 500 };
    }
  }
}

/** Records messages; false where the platform has to send them again. Sending a message twice counts it once. */
async function recordAll(messages, env) {
  const signal = AbortSignal.timeout(Number(env.RECORD_WITHIN_MS ?? RECORD_WITHIN_MS));
  for (let from = 0; from < messages.length; from += MOST_AT_A_TIME) {
    const some = messages.slice(from, from + MOST_AT_A_TIME);
    let isRecorded = false;
    for (const wait of WAITS_BEFORE_ATTEMPTS_MS) {
      if (isRecorded || signal.aborted) break;
      await pause(wait);
      isRecorded = await record(some, env, signal);
    }
    if (!isRecorded) return false;
  }
  return true;
}

async function record(messages, env, signal) {
  const { SERVICE_URL = 'http://127.0.0.1:8787', PEER_ID, CHANNEL_USAGE_API_KEY } = env;
  try {
    const answer = await fetch(`${SERVICE_URL}/api/v1/peer/${encodeURIComponent(PEER_ID)}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CHANNEL_USAGE_API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
      signal,
    });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    const { rejected } = await answer.json();
    const codes = rejected.map(({ code }) => code);
    // Only what is unavailable can be recorded later; what else is rejected stays so, however often it is sent.
    if (codes.includes('unavailable')) throw new Error('it could not record all messages');
    if (codes.length > 0) console.error(`Messages were rejected: ${codes.join(', ')}`);
    return true;
  } catch (error) {
    console.error(`The service recorded nothing: ${error.cause?.code ?? error.message}`);
    return false;
  }
}

function listen(receive, needed) {
  const missing = ['CHANNEL_USAGE_API_KEY', 'PEER_ID', ...needed].filter((name) => !process.env[name]);
  if (missing.length > 0) {
    console.error(`Set ${missing.join(', ')}: see examples/senders/README.md.`);
    process.exit(1);
  }
  const server = createServer(async (incoming, response) => {
    const chunks = [];
    let bytes = 0;
    try {
      for await (const chunk of incoming) {
        bytes += chunk.length;
        if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      }
    } catch {
      return; // Whoever sent it went away, and will send it again.
    }
    const { method, headers, url } = incoming;
    const query = new URL(url, 'http://receiver').searchParams;
    const request = { method, query, headers, body: Buffer.concat(chunks) };
    const {
      status = 200,
      type = 'text/plain',
      text = '',
    } = bytes > MAX_BODY_BYTES ? { status: 413 } : await receive(request);
    response.writeHead(status, { 'content-type': type }).end(text);
  });
  const { PORT = '8090', HOST = '127.0.0.1' } = process.env;
  server.listen(Number(PORT), HOST, () => {
    console.log(`Waiting for webhooks at http://${HOST}:${server.address().port}/`);
  });
  process.once('SIGTERM', () => server.close());
}

/** The request in an event of a Lambda function URL, or of an HTTP API. */
function requestOf({ rawQueryString, headers, body = '', isBase64Encoded, requestContext }) {
  return {
    method: requestContext.http.method,
    query: new URLSearchParams(rawQueryString),
    headers,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}
