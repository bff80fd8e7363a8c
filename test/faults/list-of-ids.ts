import type { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import { type Digest, EMPTY_DIGEST, sumOfDigests } from '../../functions/shared/domain/digest.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { dayOf } from '../../functions/shared/domain/utc-day.ts';
import { isShareMarker, parseStoredWindow } from '../../functions/shared/store/items/archived-window.ts';
import { parseKeyedCounter } from '../../functions/shared/store/items/daily-counter.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { fromKeyPart } from '../../functions/shared/store/items/keys.ts';
import { parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY } from '../../functions/shared/store/items/peer-totals.ts';
import { isCounter } from './stored-figures.ts';

/** What answers tell of a channel, by the name of a day, of a month, or of all time. */
interface Figures {
  messages: number;
  conversations: number;
  /** Nothing where nobody can tell it. */
  digest?: Digest | undefined;
}

/** All that answers tell of a peer. */
export interface Answers {
  /** Counts of days, as statistics tell them. */
  days: ReadonlyMap<string, Figures>;
  /** Digests of days, as the proof tells them, and counts of all that they are of. */
  proofs: ReadonlyMap<string, Digest | undefined>;
  months: ReadonlyMap<string, Digest | undefined>;
  totals: ReadonlyMap<string, Figures>;
  fingerprints: ReadonlyMap<string, ReadonlySet<string>>;
  /** Days that are in no month yet. */
  open: ReadonlySet<string>;
}

const NONE: Figures = { messages: 0, conversations: 0, digest: EMPTY_DIGEST };

/** Where answers are not what a list of ids comes to. */
export interface Unlike {
  what: 'day' | 'proof' | 'month' | 'totals' | 'fingerprints';
  channelId: string;
  day?: string;
  month?: string;
}

/** What is stored of a peer tells as answers, of its channels by their numbers. */
export function answersOf(items: readonly Item[], channels: ReadonlyMap<number, string>): Answers {
  const named = (number: number) => channels.get(number) ?? `channel ${number}`;
  const days = new Map<string, Figures>();
  const proofs = new Map<string, Digest | undefined>();
  const months = new Map<string, Digest | undefined>();
  const totals = new Map<string, Figures>();
  const fingerprints = new Map<string, Set<string>>();
  const open = new Set<string>();
  for (const item of items) {
    const sk = String(item['sk']);
    const [, ofDay, ofChannel] = /#WINDOWS#([^#]*)#(.*)$/.exec(String(item['pk'])) ?? [];
    if (ofDay !== undefined && !isShareMarker(item)) {
      addAll(fingerprints, `${fromKeyPart(ofChannel ?? '')} ${ofDay}`, parseStoredWindow(item).fingerprints);
    } else if (isCounter(item)) {
      const counter = parseKeyedCounter(item);
      const name = `${counter.channelId} ${counter.day}`;
      if (counter.messageCount > 0) proofs.set(name, counter.digest);
      addAll(fingerprints, name, counter.window?.fingerprints ?? []);
      const { messageCount: messages, conversationCount: conversations } = counter;
      if (counter.sealedIn === undefined && messages + conversations > 0) {
        days.set(name, { messages, conversations });
        open.add(name);
      }
    } else if (sk.startsWith('MONTH#')) {
      const { month, days: ofMonth, digests } = parseMonth(item);
      for (const [day, snapshot] of ofMonth) {
        for (const [number, { messageCount, conversationCount }] of snapshot.channels) {
          if (messageCount + conversationCount === 0) continue;
          const figures = { messages: messageCount, conversations: conversationCount };
          days.set(`${named(number)} ${day}`, figures);
          months.set(`${named(number)} ${month}`, digests.get(number));
        }
      }
    } else if (sk === TOTALS_SORT_KEY) {
      for (const [number, { messageCount, conversationCount, digest }] of parseTotals(item).channels) {
        totals.set(named(number), { messages: messageCount, conversations: conversationCount, digest });
      }
    }
  }
  return { days, proofs, months, totals, fingerprints, open };
}

/** What answers have to be, from a list of ids of messages in the order in which they were counted. */
export function answersFrom(
  list: readonly UserMessage[],
  fingerprints: Fingerprints,
  stored: Answers,
): Answers {
  const started = new Set<string>();
  const days = new Map<string, Figures>();
  const prints = new Map<string, Set<string>>();
  for (const message of list) {
    const name = `${message.channelId} ${dayOf(message.sentAt)}`;
    const { messages, conversations, digest } = days.get(name) ?? NONE;
    const conversation = `${message.channelId} ${message.conversationId}`;
    days.set(name, {
      messages: messages + 1,
      conversations: conversations + (started.has(conversation) ? 0 : 1),
      digest: sumOfDigests([digest, fingerprints.digestOf(message)]),
    });
    started.add(conversation);
    addAll(prints, name, [fingerprints.ofMessage(message)]);
  }
  const sumOf = (wanted: (name: string) => boolean) => {
    let sum = NONE;
    for (const [name, figures] of days) {
      if (!wanted(name)) continue;
      sum = {
        messages: sum.messages + figures.messages,
        conversations: sum.conversations + figures.conversations,
        digest: sumOfDigests([sum.digest, figures.digest]),
      };
    }
    return sum;
  };
  // What is asked for is what was told before anything was corrupted: days of expired evidence have no proof.
  const isSealed = (name: string) => !stored.open.has(name);
  return {
    days: new Map(
      [...days].map(([name, { messages, conversations }]) => [name, { messages, conversations }]),
    ),
    proofs: new Map([...stored.proofs.keys()].map((name) => [name, days.get(name)?.digest])),
    months: new Map(
      [...stored.months.keys()].map((name) => [
        name,
        sumOf((one) => isSealed(one) && one.startsWith(name)).digest,
      ]),
    ),
    totals: new Map(
      [...stored.totals.keys()].map((name) => [
        name,
        sumOf((one) => isSealed(one) && one.startsWith(`${name} `)),
      ]),
    ),
    fingerprints: new Map(
      [...stored.fingerprints.keys()].map((name) => [name, prints.get(name) ?? new Set()]),
    ),
    open: stored.open,
  };
}

/** Where answers are others than they have to be. */
export function unlike(found: Answers, expected: Answers): Unlike[] {
  const day = (what: Unlike['what']) => (name: string) => ({
    what,
    channelId: name.slice(0, name.lastIndexOf(' ')),
    day: name.slice(name.lastIndexOf(' ') + 1),
  });
  return [
    ...namesUnlike(found.days, expected.days).map(day('day')),
    ...namesUnlike(found.proofs, expected.proofs).map(day('proof')),
    ...namesUnlike(found.fingerprints, expected.fingerprints).map(day('fingerprints')),
    ...namesUnlike(found.months, expected.months).map((name) => {
      const { channelId, day: month } = day('month')(name);
      return { what: 'month', channelId, month } as const;
    }),
    ...namesUnlike(found.totals, expected.totals).map(
      (channelId) => ({ what: 'totals', channelId }) as const,
    ),
  ];
}

function namesUnlike(found: ReadonlyMap<string, unknown>, expected: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...found.keys(), ...expected.keys()])].filter(
    (name) => valueText(found.get(name)) !== valueText(expected.get(name)),
  );
}

/** A value of answers in a text, by which two of them are told apart. */
export function valueText(value: unknown): string {
  return value instanceof Set ? [...value].sort().join() : (JSON.stringify(value) ?? '');
}

function addAll(all: Map<string, Set<string>>, name: string, more: readonly string[]): void {
  const known = all.get(name) ?? new Set();
  all.set(name, known);
  for (const one of more) known.add(one);
}
