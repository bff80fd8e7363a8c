import * as z from 'zod/mini';
import type { AuditedFigures } from '../../domain/audit/audited-figures.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

const auditedFigures = z.object({ at: count(), differences: count() });

/** The key of what the last audit of a peer has found. */
export function auditedFiguresKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'AUDITED' };
}

/** What the last audit of a peer has found. */
export function auditedFiguresItem(peerId: string, { at, differences }: AuditedFigures): Item {
  return { ...auditedFiguresKey(peerId), at, differences };
}

/** @throws MalformedItemError */
export function parseAuditedFigures(item: Item): AuditedFigures {
  const { at, differences } = parseItem(auditedFigures, item, 'result of an audit');
  return { at, differences };
}
