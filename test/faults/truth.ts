import type { ChannelStats, PeerUsage } from '../../functions/shared/domain/channel-stats.ts';

/** How much a channel was used on a day, with the peer and the channel as keys name them. */
export interface Counted {
  peer: string;
  channelId: string;
  day: string;
  messages: number;
  conversations: number;
}

/** What was counted, read at one instant: counts by peer, channel and day. */
export type Truth = Map<string, Counted>;

export function encoded(identifier: string): string {
  return identifier.replaceAll('%', '%25').replaceAll('#', '%23');
}

export interface Sum {
  messages: number;
  conversations: number;
}

/** Sums by channel of a peer's counts in a range of days. */
export function sums(truth: Truth, peerId: string, range: { from?: string; to?: string }): Map<string, Sum> {
  const result = new Map<string, Sum>();
  for (const { peer, channelId, day, messages, conversations } of truth.values()) {
    if (peer !== `PEER#${encoded(peerId)}`) continue;
    if ((range.from !== undefined && day < range.from) || (range.to !== undefined && day > range.to))
      continue;
    const sum = result.get(channelId) ?? { messages: 0, conversations: 0 };
    result.set(channelId, {
      messages: sum.messages + messages,
      conversations: sum.conversations + conversations,
    });
  }
  return result;
}

export function checkBetween(stats: ChannelStats, least: Map<string, Sum>, most: Map<string, Sum>): void {
  const none: Sum = { messages: 0, conversations: 0 };
  const read = new Map(stats.channels.map((channel) => [encoded(channel.channelId), channel]));
  for (const channelId of new Set([...least.keys(), ...read.keys()])) {
    const { messageCount: messages = 0, conversationCount: conversations = 0 } = read.get(channelId) ?? {};
    expectBetween(
      channelId,
      { messages, conversations },
      least.get(channelId) ?? none,
      most.get(channelId) ?? none,
    );
  }
}

export function expectBetween(name: string, read: Sum, least: Sum, most: Sum): void {
  const isRight =
    least.messages <= read.messages &&
    read.messages <= most.messages &&
    least.conversations <= read.conversations &&
    read.conversations <= most.conversations;
  if (isRight) return;
  throw new Error(
    `${name}: a reader saw ${read.messages} messages in ${read.conversations} conversations, ` +
      `with ${least.messages} in ${least.conversations} counted before and ${most.messages} in ${most.conversations} after`,
  );
}

export function sumsByDay(truth: Truth, peerId: string): Map<string, Sum> {
  const ofPeer = [...truth.values()].filter(({ peer }) => peer === `PEER#${encoded(peerId)}`);
  return new Map(ofPeer.map((entry) => [`${entry.channelId} ${entry.day}`, entry]));
}

/** Every day lies between what it may be, and the days add up to the all-time figures. */
export function checkDays(usage: PeerUsage, least: Map<string, Sum>, most: Map<string, Sum>): void {
  const none: Sum = { messages: 0, conversations: 0 };
  const read = new Map(usage.days.map((day) => [`${encoded(day.channelId)} ${day.day}`, day]));
  for (const name of new Set([...least.keys(), ...read.keys()])) {
    const { messageCount = 0, conversationCount = 0 } = read.get(name) ?? {};
    expectBetween(
      name,
      { messages: messageCount, conversations: conversationCount },
      least.get(name) ?? none,
      most.get(name) ?? none,
    );
  }
  for (const { channelId, allTime } of usage.channels) {
    const days = usage.days.filter((day) => day.channelId === channelId);
    expectEqual(
      'the sum of all days',
      [
        days.reduce((sum, { messageCount }) => sum + messageCount, 0),
        days.reduce((sum, { conversationCount }) => sum + conversationCount, 0),
      ],
      [allTime.messageCount, allTime.conversationCount],
    );
  }
}

/** Compares two values, lists without regard to their order. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [found, expected].map((value) =>
    JSON.stringify(Array.isArray(value) ? value.map((entry) => JSON.stringify(entry)).sort() : value),
  );
  if (a !== b) throw new Error(`${what}: found ${a}, expected ${b}`);
}
