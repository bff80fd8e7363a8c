import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Notification } from '../domain/notification.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { conflictOr, transact } from './conflict.ts';
import { getItem, type Table, TRANSACTION_LIMIT, type TransactionItem } from './dynamodb.ts';
import { ifStill, storing, together } from './expressions.ts';
import {
  NOT_NOTIFIED,
  type NotifiedPeer,
  notifiedPeerAttributes,
  notifiedPeerItem,
  notifiedPeerKey,
  parseNotifiedPeer,
} from './items/notified-peer.ts';
import { newlyWaiting, waitingNotificationItem } from './items/waiting-notification.ts';

/** What is decided about a peer, with what is to be told of it. */
export interface Decision {
  /** Without version and sequence: those follow. */
  state: Omit<NotifiedPeer, 'version' | 'sequence'>;
  notifications: readonly Notification[];
}

/** What the people of peers were told, and what they are to be told. */
export class NotifiedPeers {
  readonly #table: Table;
  readonly #targets: readonly string[];

  /** @param targets the names of all whom everything is told */
  constructor(table: Table, targets: readonly string[]) {
    this.#table = table;
    this.#targets = targets;
  }

  /** So many notifications at most fit into one decision. */
  get mostAtOnce(): number {
    return Math.floor((TRANSACTION_LIMIT - 1) / Math.max(1, this.#targets.length));
  }

  /** The state of a peer, read consistently. */
  async read(peerId: string): Promise<NotifiedPeer> {
    const item = await getItem(this.#table, notifiedPeerKey(peerId));
    return item === undefined ? NOT_NOTIFIED : parseNotifiedPeer(item);
  }

  /**
   * Lets the numbers of a peer's notifications begin anew above all that were given before.
   *
   * @param read the state as it was read
   * @throws ConflictError where that is not the state any more
   */
  async raiseSequence(peerId: string, read: NotifiedPeer, sequence: number): Promise<void> {
    const { client, tableName } = this.#table;
    const raised: NotifiedPeer = { ...read, version: read.version + 1, sequence };
    try {
      await client.send(
        new UpdateCommand({
          TableName: tableName,
          ...together(
            storing(notifiedPeerItem(peerId, raised), notifiedPeerAttributes()),
            ifStill('version', read.version),
          ),
        }),
      );
    } catch (error) {
      throw conflictOr(error, 1, 'what the people of the peer were told was changed meanwhile');
    }
  }

  /**
   * Stores a decision: the state and what is to be told to each target, all or nothing.
   *
   * @param read the state that it was made from
   * @returns the state from now on
   * @throws ConflictError where that is not the state any more; and what `isContention` knows
   */
  async decide(
    peerId: string,
    read: NotifiedPeer,
    { state, notifications }: Decision,
    now: EpochMillis,
  ): Promise<NotifiedPeer> {
    const { tableName } = this.#table;
    const notified: NotifiedPeer = {
      ...state,
      version: read.version + 1,
      sequence: read.sequence + notifications.length,
    };
    const items: TransactionItem[] = [
      {
        Update: {
          TableName: tableName,
          ...together(
            storing(notifiedPeerItem(peerId, notified), notifiedPeerAttributes()),
            ifStill('version', read.version),
          ),
        },
      },
      ...notifications.flatMap((notification, index) =>
        this.#targets.map((target): TransactionItem => {
          const place = { target, peerId, sequence: read.sequence + index + 1 };
          return {
            Put: {
              TableName: tableName,
              Item: waitingNotificationItem(newlyWaiting(place, notification, now)),
            },
          };
        }),
      ),
    ];
    await transact(this.#table, items, 'what was told of the peer was changed meanwhile');
    return notified;
  }
}
