import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, isConditionFailure, type Table } from './dynamodb.ts';
import { type Condition, namesOf, storing, together } from './expressions.ts';
import {
  type AnnouncingProgress,
  PROGRESS_ATTRIBUTES,
  parseProgress,
  progressItem,
  progressKey,
} from './items/announcing-progress.ts';

/** How far one of those who follow the changes of days has come. */
export class AnnouncingProgressStore {
  readonly #table: Table;
  readonly #follower: string;

  constructor(table: Table, follower: string) {
    this.#table = table;
    this.#follower = follower;
  }

  /** How far it has come in a lane, read consistently; nothing where it has not begun. */
  async read(lane: number): Promise<AnnouncingProgress | undefined> {
    const item = await getItem(this.#table, progressKey(this.#follower, lane));
    return item === undefined ? undefined : parseProgress(item);
  }

  /** Stores how far it has come, unless another run has come further: it never goes back. */
  async raise(lane: number, progress: AnnouncingProgress): Promise<void> {
    const { client, tableName } = this.#table;
    const item = progressItem(this.#follower, lane, progress);
    try {
      await client.send(
        new UpdateCommand({
          TableName: tableName,
          ...together(storing(item, PROGRESS_ATTRIBUTES), isFurther(progress)),
        }),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }
}

/** Where what is stored is not as far. `storing` names the attributes and their values. */
function isFurther({ peersThrough }: AnnouncingProgress): Condition {
  const isEarlier = 'attribute_not_exists(#through) OR #through < :through';
  const isWithin =
    '#through = :through AND (attribute_not_exists(#peersThrough) OR #peersThrough < :peersThrough)';
  return {
    ConditionExpression: peersThrough === undefined ? isEarlier : `${isEarlier} OR (${isWithin})`,
    ExpressionAttributeNames: namesOf(['through']),
  };
}
