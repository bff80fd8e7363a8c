import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { ErrorDetail } from '../../../functions/shared/http/api-errors.ts';

/** A request as it goes over the wire. Nothing in it is of one gateway or another. */
export interface WireRequest {
  method: string;
  /** Path and query, encoded. */
  target: string;
  /** By names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** An answer as it comes over the wire. */
export interface WireAnswer {
  status: number;
  /** By names in lower case. */
  headers: Readonly<Record<string, unknown>>;
  body: Buffer;
}

/** What an answer must be. */
export interface ExpectedAnswer {
  status: number;
  /** Those that matter; one without a value must not be there. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** Of an error that has none of its parts to name. */
  message?: string;
  /** Of an error: all that there are, in their order. */
  details?: readonly ErrorDetail[];
  /** Of an answer in JSON: the whole of it. */
  json?: unknown;
  /** That there is no body at all. */
  isEmpty?: true;
}

/** Fails where an answer is not as it must be. */
export function expectAnswer(answer: WireAnswer, expected: ExpectedAnswer): void {
  const { status, headers = {}, message, details, json, isEmpty } = expected;
  const text = textOf(answer);
  expect([answer.status, isEmpty === true ? '' : text]).toEqual([status, text]);
  for (const [name, value] of Object.entries(headers)) {
    expect([name, answer.headers[name]]).toEqual([name, value]);
  }
  expect(answer.headers['x-request-id']).toEqual(expect.stringMatching(/./));
  if (json !== undefined) expect(JSON.parse(text)).toEqual(json);
  if (status < 400 || isEmpty === true) return;
  const said = message ?? details?.map((detail) => detail.message).join('; ');
  expect(JSON.parse(text).error).toEqual({
    code: expect.stringMatching(/^[a-z_]+$/),
    message: said,
    status,
    requestId: answer.headers['x-request-id'],
    ...(details !== undefined && { details }),
  });
}

function textOf({ headers, body }: WireAnswer): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
}
