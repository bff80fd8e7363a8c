import { compareTexts } from '../../functions/shared/domain/compare-texts.ts';
import { missingIn, type PeerFigures, type ReplayFigures, reasonInWords } from './replay-figures.ts';
import { NO_PEER } from './stored-items.ts';
import { textTable } from './text-table.ts';

/** So many peers at most are shown to a person; JSON has more. */
const MOST_ROWS = 50;

/** What a replay came to, in lines of a name and a number. */
export function totalsInLines(total: ReplayFigures, readUnits: number): string {
  const rows = [
    ['counted', total.counted],
    ['counted before', total.duplicate],
    ['of roles that do not count', total.notCounted],
    ...Object.entries(total.skipped).map(([reason, number]) => [`skipped: ${reasonInWords(reason)}`, number]),
    ['failed', total.failed],
    ['read units used', Math.ceil(readUnits)],
  ];
  const width = Math.max(...rows.map(([name]) => String(name).length));
  return rows.map(([name, number]) => `${String(name).padEnd(width)}  ${number}\n`).join('');
}

/**
 * The peers of which something was counted or passed over, those first that have messages that should be counted and
 * are not; then a line on the peers that are not shown.
 */
export function peersInTable({ byPeer, others }: Pick<PeerFigures, 'byPeer' | 'others'>): string {
  const told = [...byPeer]
    .filter(([_, figures]) => figures.counted + figures.failed + skippedIn(figures) > 0)
    .sort(
      ([onePeer, one], [otherPeer, other]) =>
        missingIn(other) - missingIn(one) || other.counted - one.counted || compareTexts(onePeer, otherPeer),
    );
  const rows = told.slice(0, MOST_ROWS).map(([peerId, figures]) => rowOf(nameOf(peerId), figures));
  if (sizeOf(others) > 0) rows.push(rowOf('(further peers)', others));
  const table = rows.length === 0 ? '' : textTable(HEADINGS, rows);
  const more = told.length - MOST_ROWS;
  const unchanged = byPeer.size - told.length;
  return (
    table +
    (more > 0 ? `and ${more} more peers; --json has them.\n` : '') +
    (unchanged > 0 ? `Peers all of whose messages had been counted before: ${unchanged}.\n` : '')
  );
}

const HEADINGS = ['PEER', 'COUNTED', 'COUNTED BEFORE', 'SKIPPED', 'FAILED'];

function rowOf(name: string, figures: ReplayFigures): string[] {
  const { counted, duplicate, failed } = figures;
  return [name, ...[counted, duplicate, skippedIn(figures), failed].map(String)];
}

/** A line of JSON for each peer, and one for all of them together, as they are to be written. */
export function* figuresInJson(
  { byPeer, others }: Pick<PeerFigures, 'byPeer' | 'others'>,
  total: ReplayFigures,
  readUnits: number,
): Generator<string> {
  for (const [peerId, figures] of byPeer) {
    yield lineOf(peerId === NO_PEER ? { peerId: null, ...figures } : { peerId, ...figures });
  }
  if (sizeOf(others) > 0) yield lineOf({ furtherPeers: others });
  yield lineOf({ total: { ...total, readUnits: Math.ceil(readUnits) } });
}

/** The peers with messages that should be counted and are not, as a sentence; nothing where there are none. */
export function missingInWords({ byPeer, others, total }: PeerFigures): string | undefined {
  const missing = missingIn(total);
  if (missing === 0) return undefined;
  const peers = [...byPeer].filter(([_, figures]) => missingIn(figures) > 0).map(([peerId]) => peerId);
  const named = peers.slice(0, MOST_NAMED).map(nameOf).join(', ');
  const more = peers.length - MOST_NAMED;
  const further = `${more > 0 ? ` and ${more} more` : ''}${missingIn(others) > 0 ? ', and of further peers' : ''}`;
  return `messages that could not be counted: ${missing}, of ${named}${further}`;
}

const MOST_NAMED = 5;

function nameOf(peerId: string): string {
  return peerId === NO_PEER ? '(no peer)' : peerId;
}

function skippedIn({ skipped }: ReplayFigures): number {
  return Object.values(skipped).reduce((sum, number) => sum + number, 0);
}

function sizeOf(figures: ReplayFigures): number {
  return figures.counted + figures.duplicate + figures.notCounted + figures.failed + skippedIn(figures);
}

/** A line of JSON. */
export function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
