import { MalformedItemError } from '../../functions/shared/domain/errors.ts';
import { addDays, dayOf, type EpochMillis, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { DailyCounterStore } from '../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import type { Progress } from '../../local/support/progress.ts';
import { type Drift, driftOf, firstFullDay } from './drift.ts';
import { listedPeers } from './listed-peers.ts';
import { readSegments, type SegmentReading } from './read-segments.ts';
import { addUp, reasonInWords } from './replay-figures.ts';
import { lineOf } from './replay-report.ts';
import { StoredCounts } from './stored-counts.ts';
import { type ChosenMessages, judgeItems } from './stored-items.ts';
import { textTable } from './text-table.ts';
import type { ToolContext } from './tool.ts';
import { ToolError } from './tool-error.ts';

/** What a comparison of stored with counted messages works with. */
export interface Comparing extends Omit<SegmentReading, 'peerId'> {
  usage: Table;
  /** How many segments the messages table is read in. */
  segments: number;
  /** How many messages the table is said to hold. */
  itemCount: number;
  /** How long messages are stored, in days. */
  retentionDays: number;
  shown: Pick<Progress, 'update' | 'end'>;
}

/** The days that are compared, both included. */
interface Days {
  first: UtcDay;
  last: UtcDay;
}

/**
 * Compares what is stored with what was counted, on the days on which no message can have expired, and tells where the
 * two differ: the messages table is read once, and the counters of one peer after another.
 *
 * @param asJson a line of JSON for each difference, instead of a table
 * @throws ToolError where no such day was chosen, or peers could not be compared
 */
export async function showDrift(
  comparing: Comparing,
  chosen: ChosenMessages,
  asJson: boolean,
  context: ToolContext,
): Promise<void> {
  const days = comparedDays(chosen, comparing.retentionDays, context);
  await StoredCounts.use(comparing.itemCount, async (stored) => {
    const skipped = await readStored(comparing, chosen, stored, context.clock).finally(() =>
      comparing.shown.end(),
    );
    for (const [reason, number] of Object.entries(skipped)) {
      context.say(`Left out: ${number} (${reasonInWords(reason)}).\n`);
    }
    await addListedPeers(comparing.usage, chosen, stored);
    const report = new DriftReport(chosen, asJson, context.write);
    const problems = await compare(comparing, stored, days, report);
    report.end(days);
    if (report.differences > 0) context.say(WHAT_IT_MEANS);
    for (const problem of problems.slice(0, MOST_PROBLEMS)) context.say(`${problem}\n`);
    if (problems.length > 0) throw new ToolError(`peers that could not be compared: ${problems.length}`);
  });
}

const MOST_PROBLEMS = 20;

const WHAT_IT_MEANS =
  'More stored than counted: a replay counts them, unless they are on their way just now.\n' +
  'More counted than stored: they were removed since, and their counts stay.\n';

/** @throws ToolError where messages of all chosen days may have expired */
function comparedDays(
  { from, to }: ChosenMessages,
  retentionDays: number,
  { clock, say }: Pick<ToolContext, 'clock' | 'say'>,
): Days {
  const fullFrom = firstFullDay(clock(), retentionDays);
  const first = from !== undefined && from > fullFrom ? from : fullFrom;
  // Clocks may be ahead, and with them messages of the next day.
  const last = to ?? addDays(dayOf(clock()), 1);
  if (first > last) {
    throw new ToolError(`no day up to ${last} is still fully stored: the first that is is ${fullFrom}`);
  }
  if (from !== undefined && first > from) {
    say(`Days before ${first} are not compared: messages of them have expired.\n`);
  }
  return { first, last };
}

/** Reads what is stored. @returns how many messages were left out, by reason */
async function readStored(
  { messages, pace, segments, retentionDays, shown }: Comparing,
  chosen: ChosenMessages,
  stored: StoredCounts,
  clock: () => EpochMillis,
): Promise<Record<string, number>> {
  const { peerId } = chosen;
  const reading: SegmentReading = { messages, pace, ...(peerId !== undefined && { peerId }) };
  const starts = Array.from({ length: segments }, () => ({ isDone: false }));
  let skipped: Record<string, number> = {};
  let examined = 0;
  await readSegments(reading, starts, async (page) => {
    const items = judgeItems(page.images, chosen, clock(), retentionDays);
    stored.add(items.flatMap((item) => (item.kind === 'message' ? [item.message] : [])));
    for (const item of items) {
      if (item.kind === 'skipped') skipped = addUp(skipped, { [item.reason]: 1 });
    }
    examined += page.examined;
    shown.update(examined);
  });
  return skipped;
}

/** Adds the peers of the directory: one may have counts, and no stored message. */
async function addListedPeers(usage: Table, { peerId }: ChosenMessages, stored: StoredCounts): Promise<void> {
  if (peerId !== undefined) return stored.addPeers([peerId]);
  for await (const page of listedPeers(usage)) stored.addPeers(page);
}

/** Compares peer after peer. @returns what kept peers from being compared, in sentences */
async function compare(
  { usage, pace }: Comparing,
  stored: StoredCounts,
  days: Days,
  report: DriftReport,
): Promise<string[]> {
  const counters = new DailyCounterStore(usage);
  const channels = new ChannelStore(usage);
  const problems: string[] = [];
  for await (const { peerId, counts: all } of stored.peers()) {
    try {
      // Stored messages of a purged channel count nowhere.
      const ofChannels = await channels.findRegistered(peerId, [
        ...new Set(all.map(({ channelId }) => channelId)),
      ]);
      const counts = all.filter(({ channelId }) => ofChannels.get(channelId) !== true);
      const drift = await driftOf({ counters, pace }, peerId, counts, days);
      const inDays = counts.filter(({ day }) => day >= days.first && day <= days.last);
      report.add(
        peerId,
        drift,
        inDays.reduce((sum, count) => sum + count.stored, 0),
      );
    } catch (error) {
      if (!(error instanceof MalformedItemError)) throw error;
      problems.push(`${peerId} could not be compared: ${error.message}`);
    }
  }
  return problems;
}

/** So many lines at most are shown to a person; JSON has all of them. */
const MOST_ROWS = 200;

/** Tells differences, as they are found or in a table of the first ones. */
class DriftReport {
  readonly #chosen: ChosenMessages;
  readonly #asJson: boolean;
  readonly #write: (text: string) => void;
  readonly #rows: string[][] = [];
  #peers = 0;
  #peersThatDiffer = 0;
  #stored = 0;
  differences = 0;

  constructor(chosen: ChosenMessages, asJson: boolean, write: (text: string) => void) {
    this.#chosen = chosen;
    this.#asJson = asJson;
    this.#write = write;
  }

  /** @param stored how many messages of the peer are stored */
  add(peerId: string, drift: readonly Drift[], stored: number): void {
    this.#peers += 1;
    this.#stored += stored;
    this.differences += drift.length;
    if (drift.length > 0) this.#peersThatDiffer += 1;
    if (this.#asJson) for (const difference of drift) this.#write(lineOf({ peerId, ...difference }));
    const room = Math.max(0, MOST_ROWS - this.#rows.length);
    this.#rows.push(...drift.slice(0, room).map((difference) => this.#rowOf(peerId, difference)));
  }

  /** Tells the end of it. */
  end({ first, last }: Days): void {
    const { peerId, to = last } = this.#chosen;
    if (this.#asJson) {
      const [peers, peersThatDiffer, stored] = [this.#peers, this.#peersThatDiffer, this.#stored];
      this.#write(lineOf({ total: { peers, peersThatDiffer, differences: this.differences, stored } }));
      return;
    }
    if (this.differences === 0) {
      const whose = peerId ?? `all ${this.#peers} peers together`;
      const verb = peerId === undefined ? 'have' : 'has';
      this.#write(
        `No drift: ${whose} ${verb} ${this.#stored} user messages stored from ${first} to ${to}, and all are counted.\n`,
      );
      return;
    }
    const headings = ['DAY', 'CHANNEL', 'STORED', 'COUNTED', 'DRIFT'];
    this.#write(textTable(peerId === undefined ? ['PEER', ...headings] : headings, this.#rows));
    const more = this.differences - this.#rows.length;
    if (more > 0) this.#write(`and ${more} more; ${this.#peersThatDiffer} peers differ. --json has all.\n`);
  }

  #rowOf(peerId: string, { day, channelId, stored, counted }: Drift): string[] {
    const drift = stored > counted ? `+${stored - counted}` : String(stored - counted);
    const row = [day, channelId, String(stored), String(counted), drift];
    return this.#chosen.peerId === undefined ? [peerId, ...row] : row;
  }
}
