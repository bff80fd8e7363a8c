import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { addDays, dayOf, HOUR_MS, startOf } from '../../../functions/shared/domain/utc-day.ts';
import type { Random } from '../../support/random.ts';
import { type Figure, type Figures, placeOf } from './any-counter.ts';

/** When schedules begin. */
export const NOW = Date.parse('2026-11-22T10:00:00.000Z');

/** A figure that is not what it should be. */
export interface WrongFigure {
  place: string;
  counted: Figure;
  expected: Required<Figure>;
}

/** Messages of a few conversations of today and yesterday, each of which is on one channel and of one day. */
export function randomMessages(random: Random): UserMessage[] {
  const today = dayOf(NOW);
  const conversations = Array.from({ length: random.integer(1, 5) }, (_, number) => ({
    peerId: random.pick(['peer_1', 'peer_2']),
    channelId: random.pick(['integration_slack', 'integration_email']),
    conversationId: `conversation-${number}`,
    day: random.pick([addDays(today, -1), today]),
  }));
  return Array.from({ length: random.integer(4, 30) }, (_, number) => {
    const { day, ...conversation } = random.pick(conversations);
    return { ...conversation, messageId: `message-${number}`, sentAt: startOf(day) + HOUR_MS + number };
  });
}

/** The messages of a conversation are in one lane, as those of a partition are in one shard. */
export function inLanes(messages: readonly UserMessage[], amount: number): UserMessage[][] {
  const conversations = [...new Set(messages.map(({ conversationId }) => conversationId))];
  return [
    ...Map.groupBy(messages, ({ conversationId }) => conversations.indexOf(conversationId) % amount).values(),
  ];
}

/** What is to be counted of messages. */
export function figuresOf(messages: readonly UserMessage[]): Map<string, Required<Figure>> {
  return new Map(
    [...Map.groupBy(messages, placeOf)].map(([place, here]) => {
      const conversations = new Set(here.map(({ conversationId }) => conversationId)).size;
      return [place, { messages: here.length, conversations }];
    }),
  );
}

/** The figures that differ. Where a counter does not tell of conversations, it need not count them. */
export function differences(
  counted: Figures,
  expected: ReadonlyMap<string, Required<Figure>>,
): WrongFigure[] {
  const none = { messages: 0, conversations: 0 };
  return [...new Set([...counted.keys(), ...expected.keys()])].flatMap((place) => {
    const [found, right] = [counted.get(place) ?? { messages: 0 }, expected.get(place) ?? none];
    const { messages, conversations = right.conversations } = found;
    const isRight = messages === right.messages && conversations === right.conversations;
    return isRight ? [] : [{ place, counted: found, expected: right }];
  });
}

/** A wrong figure as people read it. */
export function describeWrong({ place, counted, expected }: WrongFigure): string {
  const where = place.replaceAll('\n', ', ');
  const { messages, conversations = expected.conversations } = counted;
  if (messages !== expected.messages) return `${where}: ${messages} messages instead of ${expected.messages}`;
  return `${where}: ${conversations} conversations instead of ${expected.conversations}`;
}
