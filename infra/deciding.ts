import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { PASSED_HEARTBEATS_PARTITION } from '../functions/shared/store/items/passed-heartbeats.ts';
import { DIRECTORY_PARTITIONS_PREFIX } from '../functions/shared/store/items/peer-directory-entry.ts';
import { sweepPartition } from '../functions/shared/store/items/sweep-progress.ts';
import { NOTIFICATIONS_PREFIX } from '../functions/shared/store/items/waiting-notification.ts';
import type { UsageFunction } from './usage-function.ts';
import { onlyIn, onlyWhereBegins } from './usage-partitions.ts';

/**
 * Lets a function go through all peers, read what it decides by, and write what is to be told: it sends nothing itself.
 *
 * @param sweep the name under which it goes through them
 */
export function allowDeciding(handler: UsageFunction, usageTable: string, sweep: string): void {
  // A transaction needs the permissions of the writes that it is made of, and no other.
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    usageTable,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  handler.allow(['dynamodb:PutItem'], usageTable, onlyWhereBegins(NOTIFICATIONS_PREFIX));
  handler.allow(['dynamodb:GetItem'], usageTable, onlyIn(PASSED_HEARTBEATS_PARTITION));
  handler.allow(['dynamodb:Query'], usageTable, onlyWhereBegins(DIRECTORY_PARTITIONS_PREFIX));
  handler.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], usageTable, onlyIn(sweepPartition(sweep)));
}
