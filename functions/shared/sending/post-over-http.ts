import { promises as dns, type LookupAddress } from 'node:dns';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as overHttp,
  type RequestOptions,
} from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { errorName, systemCode } from '../runtime/error-text.ts';
import { inTime, TimeRanOutError } from '../runtime/in-time.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { type Answer, NoAnswerError, type Post } from './post.ts';
import { isAllowedAddress, type Reach, urlProblem } from './public-address.ts';

/** What a Post works with. */
export interface PostContext extends Reach {
  waiting: Pick<Waiting, 'deadline'>;
  /** All addresses of a host. */
  resolve?: (hostname: string) => Promise<LookupAddress[]>;
}

const LONGEST_ANSWER = 1024 * 1024;
const NOT_PUBLIC = 'its address is not a public one';

/**
 * Sends over a connection of its own. It follows no redirect, and connects to no address that is not one of the
 * internet: what a name stands for is looked at when the connection is made, and only there is it looked up.
 */
export function postOverHttp({ waiting, allowLoopback, resolve = allAddresses }: PostContext): Post {
  const reach = { allowLoopback };
  const lookup = allowedLookup(resolve, reach);
  return async (text, { headers, body, timeoutMs }) => {
    const problem = urlProblem(text, reach);
    if (problem !== undefined) throw new NoAnswerError(problem);
    const over = new AbortController();
    const options = { method: 'POST', headers: { ...headers }, agent: false, lookup, signal: over.signal };
    try {
      return await inTime(waiting, timeoutMs, () => exchange(new URL(text), options, body));
    } catch (error) {
      throw noAnswer(error, timeoutMs);
    } finally {
      // Ends the connection where the time ran out, or the rest of the answer is not wanted.
      over.abort();
    }
  };
}

function exchange(url: URL, options: RequestOptions, body: string | Uint8Array): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = url.protocol === 'https:' ? overHttps : overHttp;
  request(url, options, (response) => resolve(answerOf(response)))
    .on('error', reject)
    .end(body);
  return promise;
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = response;
  return { status, headers: flatHeaders(headers), body: await beginningOf(response) };
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    length += chunk.length;
    if (length >= LONGEST_ANSWER) break;
  }
  return Buffer.concat(chunks, Math.min(length, LONGEST_ANSWER)).toString();
}

function flatHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}

/** Looks a name up for a connection, and refuses it as soon as one of its addresses is not allowed. */
function allowedLookup(
  resolve: (hostname: string) => Promise<LookupAddress[]>,
  reach: Reach,
): LookupFunction {
  return (hostname, { all }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined || !addresses.every(({ address }) => isAllowedAddress(address, reach))) {
          callback(new NoAnswerError(NOT_PUBLIC), []);
        } else if (all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(new NoAnswerError(reasonOf(error)), []),
    );
  };
}

function allAddresses(hostname: string): Promise<LookupAddress[]> {
  return dns.lookup(hostname, { all: true });
}

function noAnswer(error: unknown, timeoutMs: number): NoAnswerError {
  if (error instanceof NoAnswerError) return error;
  if (error instanceof TimeRanOutError) return new NoAnswerError(`it took longer than ${timeoutMs} ms`);
  return new NoAnswerError(reasonOf(error));
}

/** Neither what an error says nor what it is about, since both may tell the URL. */
function reasonOf(error: unknown): string {
  return systemCode(error) ?? errorName(error);
}
