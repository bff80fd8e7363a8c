import * as z from 'zod/mini';
import { type Channel, compareChannels } from './channel.ts';
import { firstDayWithEvidence, type SealableCounter } from './daily-counter.ts';
import { component, described } from './described.ts';
import { type Digest, EMPTY_DIGEST, sumOfDigests } from './digest.ts';
import { MAX_BUCKETS, MAX_CHANNEL_ENTRIES } from './history.ts';
import { type DayRange, daysBetween, daysOfMonth } from './interval.ts';
import { add, byField, type Counts, countOf, countsOf, ZERO } from './metrics.ts';
import { type Month, monthNumber, monthOf, numberedMonth } from './month.ts';
import { digestInMonth, type MonthOfSnapshots } from './peer-totals.ts';
import { addDays, type UtcDay } from './utc-day.ts';

/** What a digest reads like. */
const DIGEST_PATTERN = /^[0-9a-f]{32}$/;

const digest = () =>
  described(z.nullable(z.string().check(z.regex(DIGEST_PATTERN))), {
    description:
      'The sum, modulo 2^128, of the first 16 bytes of HMAC-SHA-256 over each counted message, under the proof key of ' +
      'the peer, in hexadecimal. `null` where nobody can tell it any more, as after a repair of the figures.',
    examples: ['9f86d081884c7d659a2feaa0c55ad015'],
  });

const provenChannel = component(
  'ProvenChannel',
  'The figures of one channel, with the digest of the messages that they count.',
  z.object({
    channelId: described(z.string(), 'The channel.'),
    ...byField((metric) => countOf(metric, { where: ' on this channel' })),
    digest: digest(),
  }),
);
export type ProvenChannel = z.output<typeof provenChannel>;

const channelsOf = (when: string) =>
  described(
    z.array(provenChannel),
    `The channels with messages ${when}, whatever their status: those with the most messages first.`,
  );

const provenDay = component(
  'ProvenDay',
  'A day whose evidence is kept.',
  z.object({ day: described(z.iso.date(), 'The day (UTC).'), channels: channelsOf('on the day') }),
);

const provenMonth = component(
  'ProvenMonth',
  'A whole month, the evidence of some of whose days may be gone.',
  z.object({
    month: described(z.string().check(z.regex(/^\d{4}-\d{2}$/)), {
      description: 'The month.',
      examples: ['2025-07'],
    }),
    channels: channelsOf('in the month'),
  }),
);

const proofRequest = component(
  'ProofRequest',
  'What was asked for, with what was left out filled in.',
  z.object({
    peerId: described(z.string(), 'The peer.'),
    from: described(z.iso.date(), 'The first day of the range.'),
    to: described(z.iso.date(), 'The last day of the range.'),
    timezone: described(z.literal('UTC'), 'Whose days these are.'),
  }),
);

/** The answer of a proof. */
export const proofAnswer = component(
  'Proof',
  'Figures with the digests of what they count. It is the same for as long as the figures are.',
  z.object({
    query: proofRequest,
    days: described(
      z.array(provenDay),
      'Every day of the range whose evidence is kept, from the earliest on, also empty ones.',
    ),
    months: described(
      z.array(provenMonth),
      'Every month that is wholly in the range and has a day whose evidence may be gone. Days of it that still have ' +
        'theirs are in `days` as well.',
    ),
  }),
);
export type ProofAnswer = z.output<typeof proofAnswer>;

/** Which days and months of a range are proven. */
export interface ProvenParts {
  /** Nothing where the evidence of all days of the range may be gone. */
  days: DayRange | undefined;
  months: Month[];
}

/** What is stored that proofs are made of, all of one state. */
export interface StoredProof {
  channels: readonly Pick<Channel, 'number' | 'channelId'>[];
  /** The counters of the days, and those of the months' days that are in no snapshot. */
  counters: readonly SealableCounter[];
  months: readonly MonthOfSnapshots[];
}

/** Reads what proofs are made of. */
export interface ProofSource {
  /**
   * @param onChannels is told how many channels the peer has, before much is read; it may throw
   * @throws ContentionError where days were settled during each of several attempts
   */
  read(peerId: string, parts: ProvenParts, onChannels: (channels: number) => void): Promise<StoredProof>;
}

/** What of a range is proven, and how. */
export function provenParts({ from, to }: DayRange, today: UtcDay): ProvenParts {
  const first = firstDayWithEvidence(today);
  const firstDay = from > first ? from : first;
  const months: Month[] = [];
  for (let number = monthNumber(monthOf(from)); ; number += 1) {
    const month = numberedMonth(number);
    const days = daysOfMonth(month);
    if (days.to > to || days.from >= first) break;
    if (days.from >= from) months.push(month);
  }
  return { days: firstDay > to ? undefined : { from: firstDay, to }, months };
}

/**
 * Says why an answer would be too large, or nothing where it is not.
 *
 * @param channels how many channels the peer has
 */
export function proofProblem({ days, months }: ProvenParts, channels: number): string | undefined {
  const ofDays = days === undefined ? 0 : daysBetween(days.from, days.to) + 1;
  const entries = ofDays + months.length;
  if (ofDays > MAX_BUCKETS || months.length > MAX_BUCKETS) {
    return `from and to must be closer: at most ${MAX_BUCKETS} days and as many months are answered`;
  }
  if (entries * channels > MAX_CHANNEL_ENTRIES) {
    return `from and to must be closer: there are ${entries} days and months of ${channels} channels, and at most ${MAX_CHANNEL_ENTRIES} entries are answered`;
  }
  return undefined;
}

/** What figures of a channel add up to. */
interface Proven {
  counts: Counts;
  digest: Digest | undefined;
}

/** The figures of days and months with their digests. */
export function proofOf(
  { channels, counters, months }: StoredProof,
  { days }: ProvenParts,
): Pick<ProofAnswer, 'days' | 'months'> {
  const ids = new Map(channels.map(({ number, channelId }) => [number, channelId]));
  const byDay = Map.groupBy(counters, ({ day }) => day);
  const provenDays: ProofAnswer['days'] = [];
  for (
    let day = days?.from;
    day !== undefined && days !== undefined && day <= days.to;
    day = addDays(day, 1)
  ) {
    const ofDay = (byDay.get(day) ?? []).map(
      (counter) => [counter.channelNumber, provenBy(counter)] as const,
    );
    provenDays.push({ day, channels: listed(ofDay, ids) });
    if (day === days.to) break;
  }
  const open = counters.filter(({ sealedIn }) => sealedIn === undefined);
  const provenMonths = months.map((month) => {
    const waiting = open.filter(({ day }) => monthOf(day) === month.month);
    return { month: month.month, channels: listed(provenIn(month, waiting), ids) };
  });
  return { days: provenDays, months: provenMonths };
}

function provenBy(counter: SealableCounter): Proven {
  return { counts: countsOf(counter), digest: counter.digest };
}

/** What a month holds of each channel, with counters that are in none of its snapshots. */
function provenIn(month: MonthOfSnapshots, open: readonly SealableCounter[]): Map<number, Proven> {
  const proven = new Map<number, Proven>();
  const addTo = (number: number, counts: Counts, more: Digest | undefined) => {
    const before = proven.get(number) ?? { counts: ZERO, digest: digestInMonth(month, number) };
    proven.set(number, {
      counts: add(before.counts, counts),
      digest: sumOfDigests([before.digest, more]),
    });
  };
  for (const { channels } of month.days.values()) {
    for (const [number, counts] of channels) addTo(number, counts, EMPTY_DIGEST);
  }
  for (const counter of open) addTo(counter.channelNumber, counter, counter.digest);
  return proven;
}

function listed(
  proven: Iterable<readonly [number, Proven]>,
  ids: ReadonlyMap<number, string>,
): ProvenChannel[] {
  const channels = [...proven].flatMap(([number, { counts, digest: known }]): ProvenChannel[] => {
    const channelId = ids.get(number);
    if (channelId === undefined || counts.messageCount === 0) return [];
    return [{ channelId, ...countsOf(counts), digest: known ?? null }];
  });
  return channels.sort(compareChannels);
}
