import * as z from 'zod/mini';
import type { PassedHeartbeats } from '../../domain/heartbeat.ts';
import { type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

/** The partition that holds which heartbeats have passed, and nothing else. */
export const PASSED_HEARTBEATS_PARTITION = 'PASSED_HEARTBEATS';

/** The key of the one item with the newest heartbeat of each key that has passed. */
export const PASSED_HEARTBEATS_KEY: Key = {
  pk: PASSED_HEARTBEATS_PARTITION,
  sk: PASSED_HEARTBEATS_PARTITION,
};

/** The attribute of each key. */
const ATTRIBUTE = /^key(\d+)$/;

/** The attributes that say of some keys which of their heartbeats has passed: milliseconds since 1970. */
export function passedAttributes(passed: PassedHeartbeats): Record<string, number> {
  return Object.fromEntries([...passed].map(([key, sentAt]) => [`key${key}`, sentAt]));
}

/** @throws MalformedItemError */
export function parsePassedHeartbeats(item: Item): PassedHeartbeats {
  const ofKeys = Object.keys(item).filter((name) => ATTRIBUTE.test(name));
  const schema = z.object(Object.fromEntries(ofKeys.map((name) => [name, z.int()])));
  const parsed = parseItem(schema, item, 'heartbeats that have passed');
  return new Map(Object.entries(parsed).map(([name, sentAt]) => [Number(ATTRIBUTE.exec(name)?.[1]), sentAt]));
}
