import type { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { dayOf } from '../../functions/shared/domain/utc-day.ts';
import { isChannel, parseChannel } from '../../functions/shared/store/items/channel.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY } from '../../functions/shared/store/items/peer-totals.ts';
import { type Counted, encoded, expectEqual, type Truth } from './truth.ts';

// What all items of a usage table, read at one moment, say of figures; and what has to hold of them at any moment.

export function isCounter({ sk }: Item): boolean {
  return /^USAGE#\d/.test(String(sk));
}

function isSealedCounter(item: Item): boolean {
  return isCounter(item) && item['sealedIn'] !== undefined;
}

/** The channels of a peer, as keys name them, by their numbers. */
function channelsIn(items: readonly Item[], peer: string): Map<number, string> {
  const channels = items.filter((item) => item['pk'] === peer && isChannel(item)).map(parseChannel);
  return new Map(channels.map(({ number, channelId }) => [number, encoded(channelId)]));
}

/** What all snapshots hold. */
export function snapshotsIn(items: readonly Item[]): Counted[] {
  return items
    .filter(({ sk }) => String(sk).startsWith('MONTH#'))
    .flatMap((item) => {
      const peer = String(item['pk']);
      const channels = channelsIn(items, peer);
      return [...parseMonth(item).days].flatMap(([day, snapshot]) =>
        [...snapshot.channels].map(
          ([number, { messageCount: messages, conversationCount: conversations }]) => ({
            peer,
            channelId: channels.get(number) ?? `channel ${number}`,
            day,
            messages,
            conversations,
          }),
        ),
      );
    });
}

/** What all daily counters hold. */
export function countersIn(items: readonly Item[]): Counted[] {
  return items.filter(isCounter).map((item) => {
    const [, day = '', channelId = ''] = String(item['sk']).split('#');
    const [messages, conversations] = [Number(item['messageCount']), Number(item['conversationCount'])];
    return { peer: String(item['pk']), channelId, day, messages, conversations };
  });
}

export function nameOf({ peer, channelId, day }: Counted): string {
  return `${peer} ${channelId} ${day}`;
}

function nameOfCounter({ pk, sk }: Item): string {
  const [, day, channelId] = String(sk).split('#');
  return `${pk} ${channelId} ${day}`;
}

/** The messages whose proof an item holds: each with its peer, channel and day. */
export function evidenceOf({ pk, sk, window, fingerprints }: Item): string[] {
  const [, peer, day, channelId] = /^(PEER#[^#]*)#WINDOWS#([^#]*)#(.*)$/.exec(String(pk)) ?? [];
  if (day !== undefined) return hexParts(fingerprints).map((print) => `${peer} ${channelId} ${day} ${print}`);
  const [, ofDay, ofChannel] = /^USAGE#(\d{4}-\d{2}-\d{2})#(.*)$/.exec(String(sk)) ?? [];
  if (ofDay === undefined) return [];
  return hexParts(window).map((print) => `${pk} ${ofChannel} ${ofDay} ${print}`);
}

function hexParts(joined: unknown): string[] {
  return hexOf(joined).match(/.{16}/g) ?? [];
}

export function hexOf(bytes: unknown): string {
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : '';
}

function channelNameOf({ peerId, channelId }: Message): string {
  return `PEER#${encoded(peerId)} ${encoded(channelId)}`;
}

export function counterName({
  peerId,
  channelId,
  sentAt,
}: Pick<Message, 'peerId' | 'channelId' | 'sentAt'>): string {
  return `PEER#${encoded(peerId)} ${encoded(channelId)} ${dayOf(sentAt)}`;
}

export function tally(names: readonly string[]): [string, number][] {
  return [...Map.groupBy(names, (name) => name)].map(([name, group]) => [name, group.length]);
}

/**
 * What every reader has to see. A counter of a day up to which the totals are complete joins them before it is
 * acknowledged, by whoever made it: until then nobody sees it.
 *
 * @param truth all that was counted
 */
export function visibleIn(items: readonly Item[], truth: Truth): Truth {
  const completeThrough = new Map(
    items.flatMap((item) =>
      item['sk'] === TOTALS_SORT_KEY ? [[String(item['pk']), parseTotals(item).completeThrough ?? '']] : [],
    ),
  );
  const sealed = new Set(items.filter(isSealedCounter).map(nameOfCounter));
  return new Map(
    [...truth].filter(([name, { peer, day }]) => sealed.has(name) || day > (completeThrough.get(peer) ?? '')),
  );
}

/**
 * At any moment the totals are the sum of the snapshots, and these hold what the sealed counters do: a counter that is
 * not sealed is in none of them.
 *
 * @param state whether counters may have gone
 * @throws Error that says what was wrong
 */
export function checkTotals(items: readonly Item[], { areExpired }: { areExpired: boolean }): void {
  const snapshots = snapshotsIn(items);
  for (const item of items.filter(({ sk }) => sk === TOTALS_SORT_KEY)) {
    const peer = String(item['pk']);
    const channels = channelsIn(items, peer);
    expectEqual(
      'totals',
      [...parseTotals(item).channels].map(([number, total]) => [
        channels.get(number),
        total.messageCount,
        total.conversationCount,
      ]),
      [
        ...Map.groupBy(
          snapshots.filter((entry) => entry.peer === peer),
          ({ channelId }) => channelId,
        ),
      ].map(([channelId, days]) => [
        channelId,
        days.reduce((sum, { messages }) => sum + messages, 0),
        days.reduce((sum, { conversations }) => sum + conversations, 0),
      ]),
    );
  }
  const sealed = new Set(items.filter(isSealedCounter).map(nameOfCounter));
  expectEqual(
    'snapshots of sealed counters',
    snapshots.filter((entry) => !areExpired || sealed.has(nameOf(entry))),
    countersIn(items.filter(isSealedCounter)).filter(({ messages }) => messages > 0),
  );
}

/**
 * At any moment as many conversations are counted as have a counted message.
 *
 * @param counted all that was counted
 * @param messages all that may have been
 * @throws Error that says what was wrong
 */
export function checkStartedConversations(
  items: readonly Item[],
  counted: Iterable<Counted>,
  messages: readonly Message[],
  fingerprints: Fingerprints,
): void {
  const evidence = new Set(items.flatMap(evidenceOf));
  const proven = messages.filter((message) =>
    evidence.has(`${counterName(message)} ${fingerprints.ofMessage(message)}`),
  );
  const found = new Map<string, number>();
  for (const { peer, channelId, conversations: started } of counted) {
    const name = `${peer} ${channelId}`;
    found.set(name, (found.get(name) ?? 0) + started);
  }
  expectEqual(
    'conversations with a counted message',
    [...found].filter(([, started]) => started > 0),
    [...Map.groupBy(proven, channelNameOf)].map(([name, sent]) => [
      name,
      new Set(sent.map(({ conversationId }) => conversationId)).size,
    ]),
  );
}
