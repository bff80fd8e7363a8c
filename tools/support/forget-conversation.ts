import { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import { HashSecretStore } from '../../functions/shared/store/hash-secret-store.ts';
import { QuarantineEntries } from '../../functions/shared/store/quarantine-entries.ts';
import { QuarantineNotes } from '../../functions/shared/store/quarantine-notes.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import { type Conversation, oneConversation } from './to-forget.ts';
import type { ToolContext } from './tool.ts';
import type { Tables } from './usage-data.ts';

/**
 * Removes what is stored of a conversation in readable form; its counts stay.
 *
 * @returns how many messages there were, and how many records that were quarantined
 */
export async function forgetConversation(
  { messages, usage }: Pick<Tables, 'messages' | 'usage'>,
  conversation: Conversation,
  { clock, waiting }: Pick<ToolContext, 'clock' | 'waiting'>,
): Promise<{ messages: number; quarantined: number }> {
  const removed = await new StoredMessages(messages).removeConversation(conversation, waiting.pause);
  return { messages: removed, quarantined: await forgetQuarantined(usage, conversation, { clock, waiting }) };
}

/** Removes what was quarantined of a conversation. @returns how many records there were */
export async function forgetQuarantined(
  usage: Tables['usage'],
  conversation: Conversation,
  { clock, waiting }: Pick<ToolContext, 'clock' | 'waiting'>,
): Promise<number> {
  const secret = await new HashSecretStore(usage).read();
  if (secret !== undefined) {
    const { peerId, conversationId } = conversation;
    const conversationHash = new Fingerprints(secret).ofConversation(peerId, conversationId);
    await new QuarantineNotes(usage).removeOf({ peerId, conversationHash });
  }
  const toForget = oneConversation(conversation);
  return new QuarantineEntries(usage, waiting).removeOf(
    (keys) => toForget.fateOf({ keys }) !== 'stays',
    clock(),
  );
}
