import * as z from 'zod/mini';
import { givenHealthSettings, type HealthSettings } from '../../domain/health-settings.ts';
import { type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

// Beside its key.
const healthSettings = z.object(givenHealthSettings.shape);

/** The key of the health settings that were set for a peer. */
export function healthSettingsKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'HEALTH_SETTINGS' };
}

/** The health settings that were set for a peer. */
export function healthSettingsItem(peerId: string, given: Partial<HealthSettings>): Item {
  return { ...healthSettingsKey(peerId), ...given };
}

/** The settings that were set; nothing where the item is malformed. */
export function wellFormedHealthSettings(item: Item): Partial<HealthSettings> | undefined {
  const result = z.safeParse(healthSettings, item);
  return result.success ? result.data : undefined;
}

/** @throws MalformedItemError */
export function parseHealthSettings(item: Item): Partial<HealthSettings> {
  return parseItem(healthSettings, item, 'health settings');
}
