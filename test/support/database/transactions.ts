import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

/** A transaction that was cancelled, with the reason for each of its items. */
export function cancelledTransaction(codes: readonly (string | undefined)[]): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'transaction cancelled',
    $metadata: {},
    CancellationReasons: codes.map((code) => (code === undefined ? {} : { Code: code })),
  });
}

/** Whether a command makes another message the one that started a conversation. */
export function isTakeover(command: object): boolean {
  if (!(command instanceof TransactWriteCommand)) return false;
  return (command.input.TransactItems ?? []).some(({ Update: update }) =>
    String(update?.Key?.['pk']).includes('#CONVERSATION#'),
  );
}

/** Whether a command changes a daily counter, with whatever else. */
export function writesCounter(command: object): boolean {
  return keysUpdated(command).some((sk) => /^USAGE#\d/.test(sk));
}

/** Whether a command changes the totals of a peer's sealed days. */
export function writesTotals(command: object): boolean {
  return keysUpdated(command).includes('USAGE#TOTALS');
}

/** The sort keys of the items that a command updates. */
function keysUpdated(command: object): string[] {
  if (command instanceof UpdateCommand) return [String(command.input.Key?.['sk'])];
  if (!(command instanceof TransactWriteCommand)) return [];
  return (command.input.TransactItems ?? []).map(({ Update: update }) => String(update?.Key?.['sk']));
}
