import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { EpochMillis } from '../domain/utc-day.ts';
import { queryAll, type Table, updateIf } from './dynamodb.ts';
import { type Condition, IF_PRESENT, namesOf, setAll, together, type Update } from './expressions.ts';
import {
  ALL_NOTIFICATION_TARGETS,
  type KnownTarget,
  notificationTargetItem,
  notificationTargetKey,
  parseNotificationTarget,
} from './items/notification-target.ts';

/** What is known of the targets of notifications, beside what infrastructure sets. */
export class NotificationTargets {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** All targets that there ever were, by name. */
  async all(): Promise<ReadonlyMap<string, KnownTarget>> {
    const items = await queryAll(this.#table, { ...ALL_NOTIFICATION_TARGETS, ConsistentRead: true });
    return new Map(items.map(parseNotificationTarget).map((known) => [known.name, known]));
  }

  /** Notes a target that is new, or that is reached at another place from now on. */
  async put(known: KnownTarget): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: notificationTargetItem(known) }));
  }

  /** Notes that the target at this place wants nothing any more. */
  disable(target: Pick<KnownTarget, 'name' | 'placeHash'>, disabledAt: EpochMillis): Promise<void> {
    return this.#note(target, { disabledAt });
  }

  /** Notes that the target at this place is to be left alone. */
  pause(target: Pick<KnownTarget, 'name' | 'placeHash'>, pausedUntil: EpochMillis): Promise<void> {
    return this.#note(target, { pausedUntil });
  }

  /** Forgets that a target wants nothing, or is to be left alone. */
  enable(name: string): Promise<void> {
    return this.#update(name, together(NOTHING_SAID, IF_PRESENT));
  }

  /** Notes something about a place. Where the target is reached at another one meanwhile, it says nothing of that. */
  #note({ name, placeHash }: Pick<KnownTarget, 'name' | 'placeHash'>, what: Partial<KnownTarget>) {
    return this.#update(name, together(setAll(what), ifPlaceIs(placeHash)));
  }

  async #update(name: string, change: Update & Condition): Promise<void> {
    await updateIf(this.#table, notificationTargetKey(name), change);
  }
}

const NOTHING_SAID: Update = {
  UpdateExpression: 'REMOVE #disabledAt, #pausedUntil',
  ExpressionAttributeNames: namesOf(['disabledAt', 'pausedUntil']),
};

function ifPlaceIs(placeHash: string): Condition {
  return {
    ConditionExpression: '#placeHash = :placeHash',
    ExpressionAttributeNames: namesOf(['placeHash']),
    ExpressionAttributeValues: { ':placeHash': placeHash },
  };
}
