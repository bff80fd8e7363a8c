import {
  type Digest,
  EMPTY_DIGEST,
  sumOfDigests,
  withoutDigest,
} from '../../../../functions/shared/domain/digest.ts';
import { type DayRange, periodsOf } from '../../../../functions/shared/domain/interval.ts';
import { type Month, monthOf } from '../../../../functions/shared/domain/month.ts';
import type { ProofAnswer, ProvenChannel } from '../../../../functions/shared/domain/proof.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { type ChannelDay, nameOfChannelDay, type OwnFigures } from './own-list.ts';

/** How many messages there are, and their digest; no digest where nobody can tell it. */
export interface Figures {
  messageCount: number;
  digest: Digest | undefined;
}

/** What the service says of days and months, and of which days it can say anything. */
export interface Proven extends Pick<ProofAnswer, 'days' | 'months'> {
  /** The days that were asked for; on others nothing is counted at all. */
  range?: DayRange;
}

/** A channel and day whose figures differ, or of which it is not known. */
export interface DifferentDay extends ChannelDay {
  here: Figures;
  there: Figures;
}

/** A channel's days of a month of which the evidence is gone, and whose figures differ: no message can be named. */
export interface DifferentMonth {
  channelId: string;
  month: Month;
  here: Figures;
  there: Figures;
}

/** What comparing figures comes to. */
export interface Compared {
  days: DifferentDay[];
  months: DifferentMonth[];
  /** How many messages are on days and in months that are the same. */
  same: number;
  /** Months with days of which nothing is proven, and how many messages the list has on these. */
  notProven: Map<Month, number>;
  /** How many channel-months without evidence were compared by their counts, as their digest is not known. */
  withoutDigest: number;
  /** Conversations of each channel on all that was compared. */
  conversationsThere: Map<string, number>;
}

/** The figures of no messages. */
export const NOTHING: Figures = { messageCount: 0, digest: EMPTY_DIGEST };

/**
 * Compares what a list adds up to with what is counted.
 *
 * By day, wherever days are proven: a message that moved to another day leaves the sum of its month as it was. By what
 * is left of a month without these days, where the evidence of the others is gone.
 */
export function compareFigures(own: readonly OwnFigures[], proven: Proven): Compared {
  const compared: Compared = {
    days: [],
    months: [],
    same: 0,
    notProven: new Map(),
    withoutDigest: 0,
    conversationsThere: new Map(),
  };
  const provenDays = new Set(proven.days.map(({ day }) => day));
  const { range } = proven;
  const isAsked = (day: UtcDay) => range !== undefined && range.from <= day && day <= range.to;
  const isDay = (day: UtcDay) => provenDays.has(day) || !isAsked(day);
  for (const month of monthsNotProven(proven, provenDays)) compared.notProven.set(month, 0);
  compareDays(
    own.filter(({ day }) => isDay(day)),
    proven,
    compared,
  );
  compareMonths(
    own.filter(({ day }) => !isDay(day)),
    proven,
    compared,
  );
  return compared;
}

/** Whether both are the same, as far as that can be told. */
export function isSame(here: Figures, there: Figures): boolean {
  return here.messageCount === there.messageCount && here.digest === there.digest;
}

function compareDays(own: readonly OwnFigures[], { days }: Proven, compared: Compared): void {
  const left = new Map(own.map((figures) => [nameOfChannelDay(figures), figures]));
  const compare = (place: ChannelDay, here: Figures, there: Figures) => {
    if (isSame(here, there)) compared.same += here.messageCount;
    else compared.days.push({ channelId: place.channelId, day: place.day, here, there });
  };
  for (const { day, channels } of days) {
    for (const channel of channels) {
      const place = { channelId: channel.channelId, day };
      addConversations(compared, channel);
      compare(place, figuresOf(left.get(nameOfChannelDay(place))), figuresIn(channel));
      left.delete(nameOfChannelDay(place));
    }
  }
  for (const figures of left.values()) compare(figures, figuresOf(figures), NOTHING);
}

function compareMonths(own: readonly OwnFigures[], { days, months }: Proven, compared: Compared): void {
  const ownByMonth = Map.groupBy(own, ({ day }) => monthOf(day));
  const daysByMonth = Map.groupBy(days, ({ day }) => monthOf(day));
  for (const { month, channels } of months) {
    const here = Map.groupBy(ownByMonth.get(month) ?? [], ({ channelId }) => channelId);
    ownByMonth.delete(month);
    const provenDays = (daysByMonth.get(month) ?? []).flatMap((each) => each.channels);
    const byDay = Map.groupBy(provenDays, ({ channelId }) => channelId);
    const there = new Map(channels.map((channel) => [channel.channelId, channel]));
    for (const channelId of new Set([...there.keys(), ...here.keys(), ...byDay.keys()])) {
      const inMonth = there.get(channelId);
      const onDays = byDay.get(channelId) ?? [];
      if (inMonth !== undefined) addConversations(compared, inMonth, onDays);
      compareRest(compared, {
        ...{ channelId, month },
        here: sumOf((here.get(channelId) ?? []).map(figuresOf)),
        there: without(inMonth === undefined ? NOTHING : figuresIn(inMonth), sumOf(onDays.map(figuresIn))),
      });
    }
  }
  for (const [month, left] of ownByMonth) {
    const messages = left.reduce((all, { messageCount }) => all + messageCount, 0);
    compared.notProven.set(month, messages);
  }
}

/** The months that have days in the range of which neither they nor the whole month are proven. */
function monthsNotProven({ range, months }: Proven, provenDays: ReadonlySet<UtcDay>): Month[] {
  if (range === undefined) return [];
  const proven = new Set(months.map(({ month }) => month));
  return periodsOf(range, 'month').flatMap(({ start, end }) => {
    const month = monthOf(start);
    if (proven.has(month)) return [];
    return periodsOf({ from: start, to: end }, 'day').every((each) => provenDays.has(each.start))
      ? []
      : [month];
  });
}

/** Compares what is left of a month; where the digest of that is not known, by its count. */
function compareRest(compared: Compared, rest: DifferentMonth): void {
  const { here, there } = rest;
  const isUnknown = there.digest === undefined;
  if (isUnknown) compared.withoutDigest += 1;
  const isAlike = isUnknown ? here.messageCount === there.messageCount : isSame(here, there);
  if (isAlike) compared.same += here.messageCount;
  else compared.months.push(rest);
}

function addConversations(
  { conversationsThere: all }: Compared,
  { channelId, conversationCount }: ProvenChannel,
  without: readonly ProvenChannel[] = [],
): void {
  const more = without.reduce((left, each) => left - each.conversationCount, conversationCount);
  all.set(channelId, (all.get(channelId) ?? 0) + more);
}

function figuresOf(own: OwnFigures | undefined): Figures {
  return own === undefined ? NOTHING : { messageCount: own.messageCount, digest: own.digest };
}

/** What the service says of a channel. */
export function figuresIn({ messageCount, digest }: ProvenChannel): Figures {
  return { messageCount, digest: digest ?? undefined };
}

function sumOf(parts: readonly Figures[]): Figures {
  return {
    messageCount: parts.reduce((all, { messageCount }) => all + messageCount, 0),
    digest: sumOfDigests(parts.map(({ digest }) => digest)),
  };
}

function without(all: Figures, part: Figures): Figures {
  return {
    messageCount: all.messageCount - part.messageCount,
    digest: withoutDigest(all.digest, part.digest),
  };
}
