import * as z from 'zod/mini';
import type { MixpanelRow } from '../domain/mixpanel-day.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { Answer } from '../sending/post.ts';

/** What became of a row: Mixpanel has it, or does not take it, or there was no time to find out. */
export type RowOutcome = 'taken' | 'left' | { refused: string };

const REASON_CHARACTERS = 300;

/** Whether the same request may be answered otherwise a moment later. */
export function isPassing({ status }: Answer): boolean {
  return status === 429 || status >= 500;
}

/** Whether the account is not accepted. */
export function isRejection({ status }: Answer): boolean {
  return status === 401 || status === 403;
}

/** Whether an answer says that an event was refused, and that nothing was taken. */
export function isRefusalOfAll({ status, body }: Answer): boolean {
  const { data } = z.safeParse(partialAnswer, parseJson(body));
  return status === 400 && (data?.num_records_imported ?? 0) === 0;
}

/**
 * What became of the rows of a request, as the answer says.
 *
 * @returns nothing where it does not say of each what became of it: a part of the request may be answered otherwise
 */
export function outcomesOf(
  rows: readonly MixpanelRow[],
  { status, body }: Answer,
): [MixpanelRow, RowOutcome][] | undefined {
  if (status >= 200 && status < 300) return rows.map((row) => [row, 'taken']);
  if (status === 413 && rows.length === 1) {
    return rows.map((row) => [row, { refused: 'it is too large for one request' }]);
  }
  const reasons = status === 400 ? refusalsIn(body, rows.length) : undefined;
  return (
    reasons &&
    rows.map((row, index) => {
      const reason = reasons.get(index);
      return [row, reason === undefined ? 'taken' : { refused: reason }];
    })
  );
}

const partialAnswer = z.object({
  num_records_imported: z.optional(z.int()),
  failed_records: z.array(
    z.object({ index: z.int(), field: z.optional(z.string()), message: z.optional(z.string()) }),
  ),
});

/** Why some of so many rows were refused, by their places. */
function refusalsIn(body: string, rows: number): ReadonlyMap<number, string> | undefined {
  const { data } = z.safeParse(partialAnswer, parseJson(body));
  if (data === undefined || data.failed_records.length === 0) return undefined;
  const reasons = new Map(
    data.failed_records.map(({ index, field = '', message = 'no reason was given' }) => [
      index,
      (field === '' ? message : `${field}: ${message}`).slice(0, REASON_CHARACTERS),
    ]),
  );
  if ([...reasons.keys()].some((index) => index < 0 || index >= rows)) return undefined;
  const imported = data.num_records_imported ?? rows - reasons.size;
  return imported + reasons.size === rows ? reasons : undefined;
}
