import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../shared/domain/api-key.ts';
import type { OverviewPosition, OverviewSort } from '../shared/domain/overview.ts';
import { parseJson } from '../shared/domain/parse-json.ts';
import { CursorError, cursorAt, positionIn } from './cursor.ts';
import { mayBeListed } from './peers-cursor.ts';

/** What the cursor of an overview belongs to: with another key, or for another question, it is refused. */
export interface OverviewCursorContext {
  key: Pick<ApiKeyRecord, 'keyId' | 'peers'>;
  days: number;
  sort: OverviewSort;
  search: string;
}

const position = z.object({ rank: z.array(z.number()), peerId: z.string() });

/** Makes the cursor of an overview that goes on behind a position. Whoever makes one up gains nothing. */
export function makeOverviewCursor(
  { rank, peerId }: OverviewPosition,
  context: OverviewCursorContext,
): string {
  return cursorAt(JSON.stringify({ rank, peerId }), wordsOf(context));
}

/**
 * The position behind which the overview of a cursor goes on.
 *
 * @throws CursorError where it is no cursor that was made for this context
 */
export function readOverviewCursor(cursor: string, context: OverviewCursorContext): OverviewPosition {
  const found = z.safeParse(position, parseJson(positionIn(cursor, wordsOf(context)))).data;
  if (found === undefined || !mayBeListed(found.peerId, { ...context, prefix: '' })) {
    throw new CursorError('this cursor holds no position in the overview');
  }
  return found;
}

function wordsOf({ key, days, sort, search }: OverviewCursorContext): string[] {
  return [key.keyId, 'overview', String(days), sort, search];
}
