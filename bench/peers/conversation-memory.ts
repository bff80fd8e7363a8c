import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';

const MOST_KEYS = 100;
/** No message has this id. */
const WHOLE_CONVERSATION = '*';

const key = z.object({ conversation: z.string() });

/** The key of a conversation's marker, by channel: it counts once on each of its channels. */
function conversationOf({ peerId, channelId, conversationId }: UserMessage): string {
  return [peerId, channelId, conversationId].join('\n');
}

/** What puts the marker of a message's conversation, unless it is there. */
export function conversationMarker(TableName: string, message: UserMessage) {
  return {
    TableName,
    Item: { conversation: conversationOf(message), messageId: WHOLE_CONVERSATION },
    ConditionExpression: 'attribute_not_exists(messageId)',
  };
}

/** The conversations that a process knows to be marked. */
export class ConversationMemory {
  readonly #documents: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #known = new Set<string>();

  constructor(documents: DynamoDBDocumentClient, tableName: string) {
    this.#documents = documents;
    this.#tableName = tableName;
  }

  /** Reads which of the conversations are marked that are not known to be: half a unit each, where a refusal costs more. */
  async lookUp(messages: readonly UserMessage[]): Promise<void> {
    const sought = this.unknownAmong(messages).map(conversationOf);
    await Promise.all(
      inBatches(sought, MOST_KEYS).map(async (conversations) => {
        const Keys = conversations.map((conversation) => ({ conversation, messageId: WHOLE_CONVERSATION }));
        const answer = await this.#documents.send(
          new BatchGetCommand({ RequestItems: { [this.#tableName]: { Keys } } }),
        );
        for (const item of answer.Responses?.[this.#tableName] ?? []) {
          this.#known.add(key.parse(item).conversation);
        }
      }),
    );
  }

  /** The first message of each conversation that is not known to be marked. */
  unknownAmong(messages: readonly UserMessage[]): UserMessage[] {
    const firsts = new Map<string, UserMessage>();
    for (const message of messages) {
      const conversation = conversationOf(message);
      if (!this.#known.has(conversation) && !firsts.has(conversation)) firsts.set(conversation, message);
    }
    return [...firsts.values()];
  }

  /** Remembers that the conversations of messages are marked. */
  note(messages: readonly UserMessage[]): void {
    for (const message of messages) this.#known.add(conversationOf(message));
  }
}
