import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { LookedUpMessage } from '../../../functions/look-up-messages/looked-up-message.ts';
import type { Message } from '../../../functions/shared/domain/message.ts';
import type { SoughtMessage } from '../../../functions/shared/domain/sought-message.ts';
import { dayOf } from '../../../functions/shared/domain/utc-day.ts';
import { messageKey } from '../../../functions/shared/store/items/message.ts';
import { forgetCommand } from '../../../tools/commands/forget.ts';
import { bothTablesOf, runOn } from '../../tools/tool-run.ts';
import { message, test } from './looking-up.ts';

// Random histories of a few messages: recorded, delivered once or again, quarantined, removed as by their expiry, forgotten,
// recorded anew, sealed.
// After every few steps each message is looked up with every kind of hint, and a model says what has to be answered.

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const CONVERSATIONS = ['k-1', 'k-2'];
const MESSAGES = ['m-1', 'm-2', 'm-3'];
const CHANNELS = ['c-1', 'c-2'];
/** How long before now. */
const AGES = [HOUR_MS, 2 * HOUR_MS, DAY_MS, 3 * DAY_MS];
const UNKNOWN_VERSION = { schemaVersion: { N: '9' } };

type Step =
  | {
      do: 'record';
      message: Pick<Message, 'conversationId' | 'messageId' | 'channelId' | 'sentAt' | 'role'>;
      isPoison: boolean;
    }
  | { do: 'deliver'; which: number }
  | { do: 'remove'; conversationId: string; messageId: string }
  | { do: 'forget'; conversationId: string }
  | { do: 'seal' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      message: fc.record({
        conversationId: fc.constantFrom(...CONVERSATIONS),
        messageId: fc.constantFrom(...MESSAGES),
        channelId: fc.constantFrom(...CHANNELS),
        sentAt: fc.constantFrom(...AGES).map((age) => NOW_MS - age),
        role: fc.constantFrom('user' as const, 'user' as const, 'user' as const, 'assistant' as const),
      }),
      isPoison: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      conversationId: fc.constantFrom(...CONVERSATIONS),
      messageId: fc.constantFrom(...MESSAGES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('forget' as const),
      conversationId: fc.constantFrom(...CONVERSATIONS),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'seal' as const }) },
);

interface Recorded {
  message: Message;
  isPoison: boolean;
}

/** What has to be answered, by plain sets of what happened. */
class Model {
  readonly stored = new Map<string, Recorded>();
  readonly counted = new Set<string>();
  /** The message that starts a conversation on a channel, and its day. */
  readonly starts = new Map<string, { messageId: string; day: string }>();
  readonly quarantined = new Set<string>();

  count({ message: { conversationId, messageId, channelId, sentAt, role }, isPoison }: Recorded): void {
    if (isPoison) this.quarantined.add(name(conversationId, messageId));
    else if (role === 'user') {
      this.counted.add(name(conversationId, messageId, channelId, dayOf(sentAt)));
      const conversation = name(conversationId, channelId);
      if (!this.starts.has(conversation)) this.starts.set(conversation, { messageId, day: dayOf(sentAt) });
    }
  }

  forget(conversationId: string): void {
    for (const messageId of MESSAGES) {
      this.stored.delete(name(conversationId, messageId));
      this.quarantined.delete(name(conversationId, messageId));
    }
  }

  answerTo(sought: SoughtMessage): Partial<LookedUpMessage> {
    const { conversationId, messageId } = sought;
    const id = name(conversationId, messageId);
    const stored = this.stored.get(id);
    if (stored !== undefined && !stored.isPoison && stored.message.role !== 'user') {
      return { status: 'not_counted', reason: 'role_not_counted' };
    }
    const place = stored === undefined ? this.#placeOf(sought) : placeOf(stored);
    if (
      place !== undefined &&
      this.counted.has(name(conversationId, messageId, place.channelId, place.day))
    ) {
      const start = this.starts.get(name(conversationId, place.channelId));
      return {
        status: 'counted',
        ...place,
        startedConversation: start?.messageId === messageId && start.day === place.day,
      };
    }
    if (this.quarantined.has(id)) return { status: 'quarantined', reason: 'unknown_version' };
    if (stored !== undefined) {
      return stored.isPoison
        ? { status: 'not_counted', reason: 'unknown_version' }
        : { status: 'pending', ...place };
    }
    const isHinted = sought.channelId !== undefined && sought.day !== undefined;
    return { status: 'unknown', reason: isHinted ? 'not_found' : 'hints_needed' };
  }

  #placeOf({ conversationId, messageId, channelId, day }: SoughtMessage) {
    if (channelId !== undefined && day !== undefined) return { channelId, day };
    const marked = CHANNELS.filter((each) => channelId === undefined || channelId === each).flatMap(
      (each) => {
        const start = this.starts.get(name(conversationId, each));
        return start === undefined ? [] : [{ channelId: each, start }];
      },
    );
    const started = marked.find(({ start }) => start.messageId === messageId);
    if (started !== undefined) return { channelId: started.channelId, day: started.start.day };
    const [only] = marked;
    return only === undefined || marked.length > 1 || day === undefined
      ? undefined
      : { channelId: only.channelId, day };
  }
}

function placeOf({ message: { channelId, sentAt }, isPoison }: Recorded) {
  return isPoison ? undefined : { channelId, day: dayOf(sentAt) };
}

function name(...parts: string[]): string {
  return parts.join(' ');
}

const DAYS = [...new Set(AGES.map((age) => dayOf(NOW_MS - age)))];

/** Every message with every kind of hint. */
const QUESTIONS: SoughtMessage[] = CONVERSATIONS.flatMap((conversationId) =>
  MESSAGES.flatMap((messageId) =>
    [undefined, ...CHANNELS].flatMap((channelId) =>
      [undefined, ...DAYS].map((day) => ({
        conversationId,
        messageId,
        ...(channelId !== undefined && { channelId }),
        ...(day !== undefined && { day }),
      })),
    ),
  ),
);

test('what is answered is what a model of the history says', { timeout: 120_000 }, async ({
  database,
  messagesTable,
  service,
  store,
  count,
  seal,
  lookUp,
}) => {
  let run = 0;
  const seen = new Set<string>();
  const history = fc.array(steps, { minLength: 10, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(history, async (history) => {
      run += 1;
      const peerId = `p${run}`;
      const model = new Model();
      const recorded: Recorded[] = [];
      for (const step of history) {
        if (step.do === 'seal') await seal();
        if (step.do === 'remove') {
          const { conversationId, messageId } = step;
          const { client, tableName } = messagesTable;
          const Key = messageKey({ peerId, conversationId, messageId });
          await client.send(new DeleteCommand({ TableName: tableName, Key }));
          model.stored.delete(name(conversationId, messageId));
        }
        if (step.do === 'forget') {
          const named = ['--peer', peerId, '--conversation', step.conversationId, '--yes'];
          await runOn(service, forgetCommand, [...named, ...bothTablesOf(database, service)], {});
          model.forget(step.conversationId);
        }
        if (step.do === 'record') {
          const { conversationId, messageId } = step.message;
          const one = { message: message({ peerId, ...step.message }), isPoison: step.isPoison };
          if (model.stored.has(name(conversationId, messageId))) continue;
          model.stored.set(name(conversationId, messageId), one);
          recorded.push(one);
          await store([one.message], one.isPoison ? { schemaVersion: 9 } : {});
        }
        const one = step.do === 'deliver' ? recorded[step.which % Math.max(1, recorded.length)] : undefined;
        if (one === undefined) continue;
        await count([one.message], one.isPoison ? UNKNOWN_VERSION : {});
        model.count(one);
      }
      const answers = await lookUp(QUESTIONS, peerId);
      expect(answers).toHaveLength(QUESTIONS.length);
      for (const [index, sought] of QUESTIONS.entries()) {
        const expected = model.answerTo(sought);
        seen.add(`${expected.status} ${expected.startedConversation ?? ''}`);
        expect([sought, answers[index]]).toEqual([sought, expect.objectContaining(expected)]);
      }
    }),
    { numRuns: 15, seed: 20_261_122, endOnFailure: true },
  );
  expect([...seen].sort()).toEqual([
    'counted false',
    'counted true',
    'not_counted ',
    'pending ',
    'quarantined ',
    'unknown ',
  ]);
});
