import type { CounterKind } from '../../test/faults/any-counter/any-counter.ts';
import { addEachGroup } from './add-each-group.ts';
import { addEachMessage } from './add-each-message.ts';
import { claimBeforeWrite } from './claim-before-write.ts';
import { idempotentRecord } from './idempotent-record.ts';
import { transactionEachGroup } from './transaction-each-group.ts';
import { transactionEachMessage } from './transaction-each-message.ts';

/** What would be used instead of the service's counter. */
export const PEERS: readonly CounterKind[] = [
  addEachMessage,
  addEachGroup,
  claimBeforeWrite,
  idempotentRecord,
  transactionEachMessage,
  transactionEachGroup,
];
