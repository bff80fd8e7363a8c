import { Command } from 'commander';
import { conversationPartition } from '../functions/store/messages-table.ts';
import { SetAsideEntries } from '../functions/store/set-aside-entries.ts';
import { StoredMessages } from '../functions/store/stored-messages.ts';
import { confirm, parseIdentifier, runTool, systemSurroundings, type ToolSurroundings } from './tool.ts';
import { addBothTablesOptions, type BothTablesOptions, withBothTables } from './usage-data.ts';

interface ForgetOptions extends BothTablesOptions {
  peer: string;
  conversation: string;
  yes?: boolean;
}

/** Removes what is stored of a conversation in readable form; its counts stay. */
export function forgetCommand(surroundings: ToolSurroundings): Command {
  const command = new Command('npm run forget --')
    .description(
      "Removes a conversation's stored messages, and what was set aside of it. Its counts stay, and with them" +
        ' its pseudonym, a keyed hash: so a message of it that is sent again does not count again.',
    )
    .requiredOption('--peer <id>', 'whose conversation', parseIdentifier)
    .requiredOption('--conversation <id>', 'which one', parseIdentifier)
    .option('--yes', 'do not ask');
  return addBothTablesOptions(command).action(async (options: ForgetOptions) => {
    const { clock, waiting, write, say } = surroundings;
    const conversation = { peerId: options.peer, conversationId: options.conversation };
    await confirm(
      `Remove the stored messages of this conversation of ${options.peer} for good?`,
      surroundings,
      options.yes,
    );
    const removed = await withBothTables(options, async ({ messages, usage }) => ({
      messages: await new StoredMessages(messages).removeConversation(conversation, waiting.pause),
      setAside: await new SetAsideEntries(usage).removeOf(conversationPartition(conversation), clock()),
    }));
    write(`messages removed           ${removed.messages}\nrecords set aside, removed ${removed.setAside}\n`);
    say(
      'Its counts stay, and its pseudonym, a keyed hash. Batches in the failure destination (up to 30 days)' +
        ' and point-in-time backups may hold its id until they expire.\n',
    );
  });
}

if (import.meta.main) {
  const surroundings = systemSurroundings();
  process.exitCode = await runTool(forgetCommand(surroundings), process.argv.slice(2), surroundings);
}
