import * as z from 'zod/mini';
import { type ErrorDetail, InvalidRequestError } from './api-errors.ts';

/** So many unknown fields are named at most: a large body can have more than an answer can name. */
const MOST_UNKNOWN_FIELDS_NAMED = 10;

/** The decoded values of every query parameter, in the order in which they were sent. */
export type QueryParameters = ReadonlyMap<string, readonly string[]>;

/**
 * Decodes a query string. The gateway's own decoding is not used, because it joins repeated parameters
 * with commas, which values may hold themselves.
 *
 * @throws InvalidRequestError where the percent-encoding is broken
 */
export function decodeQuery(rawQueryString: string): QueryParameters {
  // Bytes beyond ASCII may be anything: what reads them as Latin-1 makes other values of them.
  if (!/^[\u0021-\u007e]*$/.test(rawQueryString)) throw notPercentEncoded();
  const parameters = new Map<string, string[]>();
  for (const part of rawQueryString.split('&')) {
    if (part === '') continue;
    const [name = '', ...rest] = part.split('=');
    const values = parameters.get(decodeQueryPart(name)) ?? [];
    values.push(decodeQueryPart(rest.join('=')));
    parameters.set(decodeQueryPart(name), values);
  }
  return parameters;
}

function decodeQueryPart(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw notPercentEncoded();
  }
}

function notPercentEncoded(): InvalidRequestError {
  return new InvalidRequestError([
    { path: 'query', message: 'the query string must be percent-encoded UTF-8' },
  ]);
}

/**
 * Parses query parameters with a schema, which gets each parameter that it knows as a string. Parameters
 * that it does not know are ignored.
 *
 * @throws InvalidRequestError where a known parameter is repeated or wrong
 */
export function parseQuery<Schema extends z.ZodMiniObject>(
  schema: Schema,
  query: QueryParameters,
): z.output<Schema> {
  const values: Record<string, string> = {};
  const repeated: ErrorDetail[] = [];
  for (const name of Object.keys(schema.shape)) {
    const [value, ...others] = query.get(name) ?? [];
    if (others.length > 0) repeated.push({ path: name, message: `${name} must not be given more than once` });
    else if (value !== undefined) values[name] = value;
  }
  if (repeated.length > 0) throw new InvalidRequestError(repeated);
  return parseRequest(schema, values, 'query');
}

/**
 * Parses a part of a request with a schema, whose messages name the parameter or field that is wrong. Fields
 * that a strict schema does not know are named here.
 *
 * @param whole what the error calls the part as a whole
 * @throws InvalidRequestError with everything that is wrong; of unknown fields, with the first few
 */
export function parseRequest<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  whole: string,
): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  throw new InvalidRequestError(
    result.error.issues.flatMap((issue): ErrorDetail[] => {
      const path = issue.path.join('.') || whole;
      if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
      const named = issue.keys.slice(0, MOST_UNKNOWN_FIELDS_NAMED);
      return named.map((key) => ({ path: key, message: `${key} is not a field of the ${path}` }));
    }),
  );
}
