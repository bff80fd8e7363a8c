import * as z from 'zod/mini';
import type { RefusedRow } from '../../domain/mixpanel-day.ts';
import { LANES, laneOf } from '../usage-table.ts';
import { storedIncrease } from './channel-increase.ts';
import { type Item, parseItem } from './item.ts';
import { type Key, keyPart } from './keys.ts';

// The rows that Mixpanel did not take. They are kept until it does.

/** What the partitions of refused rows begin with. */
export const REFUSED_ROWS_PREFIX = 'EXPORT_REFUSED#mixpanel#';

/** The partitions that together hold every refused row once. */
export const REFUSED_ROWS_PARTITIONS: readonly string[] = Array.from({ length: LANES }, (_, lane) =>
  partitionOf(lane),
);

function partitionOf(lane: number): string {
  return `${REFUSED_ROWS_PREFIX}${lane}`;
}

/** The key of a row that was refused. */
export function refusedRowKey({ peerId, day, insertId }: RefusedRow['row']): Key {
  return { pk: partitionOf(laneOf(peerId)), sk: `${keyPart(peerId)}#${day}#${insertId}` };
}

const refusedRow = z.object({
  row: z.extend(storedIncrease, { peerId: z.string(), day: z.string(), insertId: z.string() }),
  reason: z.string(),
});

/** A row that was refused. */
export function refusedRowItem({ row, reason }: RefusedRow): Item {
  return { ...refusedRowKey(row), row, reason };
}

/** @throws MalformedItemError */
export function parseRefusedRow(item: Item): RefusedRow {
  return parseItem(refusedRow, item, 'row that Mixpanel refused');
}
