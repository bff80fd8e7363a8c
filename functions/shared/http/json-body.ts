import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parseJson } from '../domain/parse-json.ts';
import { InvalidRequestError, PayloadTooLargeError, UnsupportedMediaTypeError } from './api-errors.ts';

/** The largest body that is taken, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;

/**
 * The body of a request, which must be JSON.
 *
 * @throws PayloadTooLargeError, UnsupportedMediaTypeError, InvalidRequestError
 */
export function parseJsonBody(
  event: Pick<APIGatewayProxyEventV2, 'body' | 'headers' | 'isBase64Encoded'>,
): unknown {
  const { body = '', headers, isBase64Encoded } = event;
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  if (Buffer.byteLength(body, encoding) > MAX_BODY_BYTES) {
    throw new PayloadTooLargeError(`the body must have at most ${MAX_BODY_BYTES} bytes`);
  }
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    throw new UnsupportedMediaTypeError('the content type must be application/json');
  }
  const bytes = Buffer.from(body, encoding);
  if (!isUtf8(bytes)) throw notJson();
  const value = parseJson(bytes.toString('utf8'));
  if (value === undefined) throw notJson();
  return value;
}

function notJson(): InvalidRequestError {
  return new InvalidRequestError([{ path: 'body', message: 'the body must be JSON in UTF-8' }]);
}
