import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { KNOWN_VALUES } from '../../../functions/shared/domain/described.ts';
import { escapedName, partAt } from '../../../openapi/json-pointer.ts';
import { BUILT_DOCUMENT } from './built-document.ts';

/** An answer, its headers' names in lower case. */
export interface Answer {
  status: number | undefined;
  headers: Record<string, unknown>;
  /** Parsed, where it is JSON. */
  body: unknown;
}

/** What was asked for: the path of the route, with its parameters in braces, or whatever matches none. */
export interface Asked {
  method: string;
  path: string;
}

const DOCUMENT = 'openapi.json';
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
// What is answered is among the values that the document names, also where a later version may have others.
ajv.addKeyword({
  keyword: KNOWN_VALUES,
  schemaType: 'array',
  validate: (values: readonly unknown[], value: unknown) => values.includes(value),
});
ajv.addSchema(BUILT_DOCUMENT, DOCUMENT, undefined, false);

/**
 * Fails where an answer of the service is not as the OpenAPI document says: its status, its content type,
 * its headers and its body. An answer to a request for nothing that is in the document must be a 404 or
 * 405 as it is there. One to a `HEAD` must be as that to a `GET`, without the body.
 */
export function assertDocumented(asked: Asked, answer: Answer): void {
  const problems = problemsOf(asked, answer);
  if (problems.length === 0) return;
  throw new Error(
    `the OpenAPI document does not allow the answer ${answer.status} to ${asked.method} ${asked.path}: ` +
      `${problems.join('; ')} (${JSON.stringify(answer.body)?.slice(0, 500)})`,
  );
}

function problemsOf(asked: Asked, { status, headers, body }: Answer): string[] {
  const response = responseAt(asked, String(status));
  if (response === undefined) return ['there is no such status'];
  const problems = headerProblems(response, headers);
  const isBodyless = asked.method === 'HEAD' || !isPart(`${response}/content`);
  if (isBodyless && body !== '') problems.push('it has a body');
  if (!isPart(`${response}/content`)) return problems;
  const [mediaType = ''] = String(headers['content-type']).split(';');
  if (!isPart(`${response}/content/${escapedName(mediaType)}`)) {
    return [...problems, `there is no content type ${mediaType}`];
  }
  if (isBodyless) return problems;
  problems.push(...bodyProblems(`${response}/content/${escapedName(mediaType)}/schema`, body));
  // The document also allows what the gateway answers by itself; the service does not answer so.
  if (Number(status) >= 400) problems.push(...bodyProblems('/components/schemas/ErrorAnswer', body));
  return problems;
}

/** Where the document describes an answer. */
function responseAt({ method, path }: Asked, status: string): string | undefined {
  const described = method === 'HEAD' ? 'GET' : method;
  const operation = `/paths/${escapedName(path)}/${described.toLowerCase()}`;
  if (isPart(operation)) {
    const response = `${operation}/responses/${status}`;
    return isPart(response) ? resolved(response) : undefined;
  }
  if (status === '404') return '/components/responses/NotFound';
  return status === '405' ? '/components/responses/MethodNotAllowed' : undefined;
}

function headerProblems(response: string, headers: Record<string, unknown>): string[] {
  return Object.keys(Object(partAt(BUILT_DOCUMENT, `${response}/headers`))).flatMap((name) => {
    const header = resolved(`${response}/headers/${name}`);
    const value = headers[name];
    if (value === undefined)
      return partAt(BUILT_DOCUMENT, `${header}/required`) === true ? [`it has no header ${name}`] : [];
    const type = partAt(BUILT_DOCUMENT, `${header}/schema/type`);
    return bodyProblems(`${header}/schema`, type === 'integer' ? Number(value) : value);
  });
}

const validators = new Map<string, ValidateFunction>();

function bodyProblems(schema: string, value: unknown): string[] {
  const validate = validators.get(schema) ?? ajv.compile({ $ref: `${DOCUMENT}#${schema}` });
  validators.set(schema, validate);
  return validate(value) ? [] : [ajv.errorsText(validate.errors)];
}

/** The place itself, or the one that a reference at this place names. */
function resolved(place: string): string {
  const reference = partAt(BUILT_DOCUMENT, `${place}/$ref`);
  return reference === undefined ? place : String(reference).slice(1);
}

function isPart(place: string): boolean {
  return partAt(BUILT_DOCUMENT, place) !== undefined;
}
