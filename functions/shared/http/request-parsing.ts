import * as z from 'zod/mini';
import { foreignName } from '../domain/name-in-text.ts';
import { type ErrorDetail, InvalidRequestError } from './api-errors.ts';
import { nearestName } from './nearest-name.ts';

/** So many unknown names are told at most: a large body can have more than an answer can name. */
const MOST_UNKNOWN_NAMED = 10;

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

/** Schemas of parameters that take several values, which they get as one text, separated by commas. */
const lists = new WeakSet<object>();

/**
 * Says of a parameter that it takes several values: separated by commas, repeated, or with brackets behind
 * its name.
 *
 * @returns the same schema
 */
// @__NO_SIDE_EFFECTS__
export function listParameter<Schema extends z.ZodMiniType>(schema: Schema): Schema {
  lists.add(schema);
  return schema;
}

/**
 * Parses query parameters with a schema, which gets each parameter as a string.
 *
 * @throws InvalidRequestError with everything that is wrong: parameters that are unknown, which could have been
 *   meant to ask something else, repeated or wrong; of unknown ones, with the first few
 */
export function parseQuery<Schema extends z.ZodMiniObject>(
  schema: Schema,
  query: QueryParameters,
): z.output<Schema> {
  const left = new Map(query);
  const take = (name: string): readonly string[] => {
    const values = left.get(name) ?? [];
    left.delete(name);
    return values;
  };
  const values: Record<string, string> = {};
  const repeated: ErrorDetail[] = [];
  for (const [name, parameter] of Object.entries(schema.shape)) {
    const isList = lists.has(parameter);
    const given = isList ? [...take(name), ...take(`${name}[]`)] : take(name);
    if (given.length > 1 && !isList) {
      repeated.push({ path: name, message: `${name} must not be given more than once` });
    } else if (given.length > 0) values[name] = given.join(',');
  }
  const known = Object.keys(schema.shape);
  const unknown = unknownNames([...left.keys()], known, 'a query parameter of this operation');
  const result = z.safeParse(schema, values);
  const wrong = [
    ...unknown,
    ...repeated,
    ...(result.success ? [] : problemsOf(result.error, schema, 'query')),
  ];
  if (!result.success || wrong.length > 0) throw new InvalidRequestError(wrong);
  return result.data;
}

/**
 * Says of names that are not known which ones were likely meant.
 *
 * @param known all that there are
 * @param what they would be, such as `a field of the body`
 */
function unknownNames(names: readonly string[], known: readonly string[], what: string): ErrorDetail[] {
  return names.slice(0, MOST_UNKNOWN_NAMED).map((name) => {
    const shown = foreignName(name);
    const nearest = nearestName(name, known);
    const help = nearest === undefined ? thereAre(known) : `: did you mean ${nearest}?`;
    return { path: shown, message: `${shown} is not ${what}${help}` };
  });
}

function thereAre(known: readonly string[]): string {
  return known.length === 0 ? ', which has none' : `: there are ${known.join(', ')}`;
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
  throw new InvalidRequestError(problemsOf(result.error, schema, whole));
}

function problemsOf(error: z.core.$ZodError, schema: z.ZodMiniType, whole: string): ErrorDetail[] {
  return error.issues.flatMap((issue): ErrorDetail[] => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path: path || whole, message: issue.message }];
    const unknown = unknownNames(
      issue.keys,
      fieldsOf(partOf(schema, issue.path)),
      `a field of ${path || `the ${whole}`}`,
    );
    return path === '' ? unknown : unknown.map((detail) => ({ ...detail, path: `${path}.${detail.path}` }));
  });
}

/** The schema of a part of what a schema is of. */
function partOf(
  schema: z.core.$ZodType | undefined,
  [name, ...path]: readonly PropertyKey[],
): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodMiniPipe)
    return partOf(schema._zod.def.out, name === undefined ? [] : [name, ...path]);
  if (name === undefined) return schema;
  if (schema instanceof z.ZodMiniArray) return partOf(schema._zod.def.element, path);
  return schema instanceof z.ZodMiniObject ? partOf(schema.shape[String(name)], path) : undefined;
}

/** The fields that a schema knows, where it is one of an object. */
function fieldsOf(schema: z.core.$ZodType | undefined): string[] {
  return schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : [];
}
