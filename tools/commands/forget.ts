import { Command } from 'commander';
import { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import type { MessageIdentity } from '../../functions/shared/domain/message.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { HashSecretStore } from '../../functions/shared/store/hash-secret-store.ts';
import { conversationPartition } from '../../functions/shared/store/items/message.ts';
import { QuarantineEntries } from '../../functions/shared/store/quarantine-entries.ts';
import { QuarantineNotes } from '../../functions/shared/store/quarantine-notes.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import { confirm, parseIdentifier, runThisTool, type ToolContext } from '../support/tool.ts';
import { addBothTablesOptions, type BothTablesOptions, withBothTables } from '../support/usage-data.ts';

interface ForgetOptions extends BothTablesOptions {
  peer: string;
  conversation: string;
  yes?: boolean;
}

/** Removes what is stored of a conversation in readable form; its counts stay. */
export function forgetCommand(context: ToolContext): Command {
  const command = new Command('npm run forget --')
    .description(
      "Removes a conversation's stored messages, and what was quarantined of it. Its counts stay, and with them" +
        ' its pseudonym, a keyed hash: so the conversation does not count again, whatever is sent of it. A message' +
        ' that is sent again with the sentAt that it had does not count again either; with another sentAt, or' +
        ' without one, it is a new message of another day.',
    )
    .requiredOption('--peer <id>', 'whose conversation', parseIdentifier)
    .requiredOption('--conversation <id>', 'which one', parseIdentifier)
    .option('--yes', 'do not ask');
  return addBothTablesOptions(command, context.environment).action(async (options: ForgetOptions) => {
    const { waiting, write, say } = context;
    const conversation = { peerId: options.peer, conversationId: options.conversation };
    await confirm(
      `Remove the stored messages of this conversation of ${options.peer} for good?`,
      context,
      options.yes,
    );
    const removed = await withBothTables(options, async ({ messages, usage }) => ({
      messages: await new StoredMessages(messages).removeConversation(conversation, waiting.pause),
      quarantine: await removeQuarantined(usage, conversation, context),
    }));
    write(
      `messages removed           ${removed.messages}\nquarantine entries removed ${removed.quarantine}\n`,
    );
    say(
      'Its counts stay, and its pseudonym, a keyed hash. Batches in the failure destination (up to 30 days)' +
        ' and point-in-time backups may hold its id until they expire.\n',
    );
  });
}

/** Removes what is kept of a conversation's messages that were quarantined, and tells of how many records. */
async function removeQuarantined(
  usage: Table,
  conversation: Pick<MessageIdentity, 'peerId' | 'conversationId'>,
  { clock, waiting }: Pick<ToolContext, 'clock' | 'waiting'>,
): Promise<number> {
  const { peerId, conversationId } = conversation;
  const secret = await new HashSecretStore(usage).read();
  if (secret !== undefined) {
    const conversationHash = new Fingerprints(secret).ofConversation(peerId, conversationId);
    await new QuarantineNotes(usage).removeOf({ peerId, conversationHash });
  }
  return new QuarantineEntries(usage, waiting).removeOf(conversationPartition(conversation), clock());
}

if (import.meta.main) await runThisTool(forgetCommand);
