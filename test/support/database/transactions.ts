import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';

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
