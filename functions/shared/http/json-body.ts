import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parseJson } from '../domain/parse-json.ts';
import { systemCode } from '../runtime/error-text.ts';
import { InvalidRequestError, PayloadTooLargeError, UnsupportedMediaTypeError } from './api-errors.ts';

/** The largest body that is taken, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;

/**
 * The body of a request, which must be JSON, compressed with gzip or not.
 *
 * @throws PayloadTooLargeError, UnsupportedMediaTypeError, InvalidRequestError
 */
export function parseJsonBody(
  event: Pick<APIGatewayProxyEventV2, 'body' | 'headers' | 'isBase64Encoded'>,
): unknown {
  const { body = '', headers, isBase64Encoded } = event;
  const sent = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (sent.length > MAX_BODY_BYTES) throw tooLarge();
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    throw new UnsupportedMediaTypeError('the content type must be application/json');
  }
  const bytes = decoded(sent, headers['content-encoding']);
  if (!isUtf8(bytes)) throw notJson();
  const value = parseJson(bytes.toString('utf8').replace(BYTE_ORDER_MARK, ''));
  if (value === undefined) throw notJson();
  return value;
}

/** What some editors and libraries write before everything else. */
const BYTE_ORDER_MARK = /^\ufeff/;

function decoded(sent: Buffer, contentEncoding = ''): Buffer {
  switch (contentEncoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return sent;
    case 'gzip':
    case 'x-gzip':
      return gunzipped(sent);
    default:
      throw new UnsupportedMediaTypeError('the body must be compressed with gzip, or not at all', {
        headers: { 'accept-encoding': 'gzip' },
      });
  }
}

function gunzipped(sent: Buffer): Buffer {
  try {
    return gunzipSync(sent, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if (systemCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new InvalidRequestError([
      { path: 'body', message: 'the body is said to be compressed with gzip, and is not' },
    ]);
  }
}

function tooLarge(): PayloadTooLargeError {
  return new PayloadTooLargeError(
    `the body must have at most ${MAX_BODY_BYTES} bytes, also once it is decompressed`,
  );
}

function notJson(): InvalidRequestError {
  return new InvalidRequestError([{ path: 'body', message: 'the body must be JSON in UTF-8' }]);
}
