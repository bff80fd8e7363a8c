import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { CompressedText, Created, Moved, NoContent, PlainText } from './answers.ts';
import { InvalidRequestError } from './api-errors.ts';

/** Lambda passes on at most 6 MB, the headers included. */
const MAX_ANSWER_BYTES = 6_000_000;
/** What is smaller is not worth compressing. */
const COMPRESSED_FROM_BYTES = 1_024;
/** What says when an answer was made, and changes without anything else in it. */
const OF_THE_MOMENT: ReadonlySet<string> = new Set(['asOf', 'lagSeconds', 'countedThrough']);

/** A browser keeps an answer that is for its reader alone, and asks each time whether it still holds. */
const PRIVATE = { 'cache-control': 'private, no-cache' };

/** The answer to a request, before it is known what its client takes. */
interface Content {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The text, or what it is compressed to. */
  body: { text: string } | { gzipBase64: string };
  /** What decides whether the content is still the same. */
  identity: string;
}

/**
 * Makes the answer to a request of what its operation gave: compressed where the client takes it, and a 304
 * where it is what the client has already.
 *
 * @throws InvalidRequestError where the answer is too large for a client that takes no gzip
 */
export function answerWith(result: object, event: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 {
  if (result instanceof Moved) return { statusCode: 308, headers: { location: result.to } };
  if (result instanceof NoContent) return { statusCode: 204 };
  const content = contentOf(result);
  const { method } = event.requestContext.http;
  const isRead = method === 'GET' || method === 'HEAD';
  // What nobody keeps nobody has already, such as a page with another nonce each time.
  if (!isRead || content.headers['cache-control'] === 'no-store') return encoded(content, event);
  const etag = `W/"${createHash('sha256').update(content.identity).digest('base64url').slice(0, 27)}"`;
  const headers: Record<string, string> = { ...PRIVATE, ...content.headers, etag };
  if (isSame(event.headers['if-none-match'], etag)) {
    const { 'content-type': _, ...others } = headers;
    return { statusCode: 304, headers: { ...others, vary: varyOf(headers) } };
  }
  return encoded({ ...content, headers }, event);
}

function contentOf(result: object): Content {
  if (result instanceof CompressedText) {
    const { gzipBase64, headers } = result;
    return { status: 200, headers, body: { gzipBase64 }, identity: gzipBase64 };
  }
  if (result instanceof PlainText) {
    const { text, headers, identity } = result;
    return { status: 200, headers, body: { text }, identity };
  }
  const { status, data } =
    result instanceof Created ? { status: 201, data: result.data } : { status: 200, data: result };
  const text = JSON.stringify(data);
  const fields = Object.entries(data);
  const lasting = fields.filter(([name]) => !OF_THE_MOMENT.has(name));
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: { text },
    // Most answers have nothing of the moment, and are written once.
    identity: lasting.length === fields.length ? text : JSON.stringify(Object.fromEntries(lasting)),
  };
}

/** For whom the same address has other answers: for those who take no gzip, and for those with other keys. */
function varyOf(headers: Content['headers']): string {
  const isPublic = headers['cache-control']?.startsWith('public') === true;
  return isPublic ? 'accept-encoding' : 'accept-encoding, authorization';
}

function encoded(
  { status, headers, body }: Content,
  event: APIGatewayProxyEventV2,
): APIGatewayProxyStructuredResultV2 {
  const takesGzip = acceptsGzip(event.headers['accept-encoding']);
  const plain = { statusCode: status, headers: { ...headers, vary: varyOf(headers) } };
  const compressed = { ...plain, headers: { ...plain.headers, 'content-encoding': 'gzip' } };
  if ('gzipBase64' in body) {
    return takesGzip
      ? { ...compressed, body: body.gzipBase64, isBase64Encoded: true }
      : { ...plain, body: gunzipSync(Buffer.from(body.gzipBase64, 'base64')).toString('utf8') };
  }
  const bytes = Buffer.byteLength(body.text);
  if (takesGzip && bytes >= COMPRESSED_FROM_BYTES) {
    return { ...compressed, body: gzipSync(body.text).toString('base64'), isBase64Encoded: true };
  }
  if (bytes > MAX_ANSWER_BYTES) {
    const message = 'the answer has more than 6 MB: accept-encoding must allow gzip, or less be asked for';
    throw new InvalidRequestError([{ path: 'accept-encoding', message }]);
  }
  return { ...plain, body: body.text };
}

/** Whether a client says that it has a content already; what proxies add to a tag does not make it another. */
function isSame(ifNoneMatch: string | undefined, etag: string): boolean {
  const weak = (tag: string) =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/-gzip"$/, '"');
  return (ifNoneMatch ?? '').split(',').some((tag) => tag.trim() === '*' || weak(tag) === weak(etag));
}

/**
 * Whether a client says that it takes gzip; one that weighs it with 0 does not. What it says of gzip goes before
 * what it says of everything, `*`.
 */
function acceptsGzip(acceptEncoding = ''): boolean {
  const weights = new Map<string, boolean>();
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [, coding = '', weight = '1'] = /^\s*([\w-]+|\*)\s*(?:;\s*q=([\d.]+)\s*)?$/.exec(part) ?? [];
    weights.set(coding, Number(weight) > 0);
  }
  return weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? false;
}
