import { PutCommand } from '@aws-sdk/lib-dynamodb';
import {
  DEFAULT_HEALTH_SETTINGS,
  type HealthSettings,
  type HealthSettingsSource,
} from '../domain/health-settings.ts';
import { getItem, type Table } from './dynamodb.ts';
import {
  healthSettingsItem,
  healthSettingsKey,
  parseHealthSettings,
  wellFormedHealthSettings,
} from './items/health-settings.ts';
import type { Item } from './items/item.ts';

/**
 * The health settings of peers. Only what was set is stored: a default that changes later
 * holds for all who left it alone.
 */
export class HealthSettingsStore implements HealthSettingsSource {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A peer's settings: those that were set, and defaults for the others. */
  async read(peerId: string): Promise<HealthSettings> {
    const item = await getItem(this.#table, healthSettingsKey(peerId));
    return healthSettingsOf(item);
  }

  /**
   * Sets a peer's settings, in place of all that were set before.
   *
   * @param given those that are left out have their defaults
   * @returns the settings as they are from now on, and as they were until now, unless that was malformed:
   *   setting them anew is what mends it
   */
  async replace(
    peerId: string,
    given: Partial<HealthSettings>,
  ): Promise<{ before: HealthSettings | undefined; after: HealthSettings }> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new PutCommand({
        TableName: tableName,
        Item: healthSettingsItem(peerId, given),
        ReturnValues: 'ALL_OLD',
      }),
    );
    const earlier = wellFormedHealthSettings(answer.Attributes ?? {});
    return { before: earlier && withDefaults(earlier), after: withDefaults(given) };
  }
}

/**
 * The settings of a peer by their item: those that were set, and defaults for the others.
 *
 * @throws MalformedItemError
 */
export function healthSettingsOf(item: Item | undefined): HealthSettings {
  return item === undefined ? DEFAULT_HEALTH_SETTINGS : withDefaults(parseHealthSettings(item));
}

function withDefaults(given: Partial<HealthSettings>): HealthSettings {
  return { ...DEFAULT_HEALTH_SETTINGS, ...given };
}
