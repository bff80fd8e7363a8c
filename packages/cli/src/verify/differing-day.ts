import type { Fingerprint } from '../../../../functions/shared/domain/dedupe-window.ts';
import { type Digest, sumOfFingerprintsIn } from '../../../../functions/shared/domain/digest.ts';
import { type DifferentDay, type Figures, figuresIn, isSame, NOTHING } from './compare-figures.ts';
import type { FigureCode } from './difference.ts';
import type { Evidence, VerifiedService } from './service.ts';

/** How a channel and day differ, by the fingerprints of their messages. */
export interface NamedDay extends DifferentDay {
  /** Digests of the list's messages that are not counted there. */
  onlyHere: Digest[];
  /** Fingerprints that are counted there, and are of no message that the list has there. */
  onlyThere: Fingerprint[];
  /** How many messages are the same. */
  same: number;
  /** What differs and is explained by no message that is on one side only. */
  code?: FigureCode;
  /** Fingerprints of the messages one of which may explain it, by what would have become of it. */
  suspects: ReadonlyMap<Fingerprint, 'counted_twice' | 'not_in_figures'>;
}

const NO_EVIDENCE: Evidence = { evidence: 'none', fingerprints: new Set() };
const NO_SUSPECTS: NamedDay['suspects'] = new Map();
const FINGERPRINT_BITS = 64;
const FINGERPRINT_DIGITS = 16;
/** Figures and evidence are two answers: on a day that is running something is counted in between. */
const MOST_READS = 4;

/**
 * Finds which messages of a channel and day are on one side only.
 *
 * @param own the list's messages there, by their fingerprints
 */
export async function nameDay(
  day: DifferentDay,
  own: ReadonlyMap<Fingerprint, Digest>,
  service: VerifiedService,
): Promise<NamedDay> {
  let different = day;
  for (let reads = 1; ; reads += 1) {
    const { there } = different;
    const evidence = there.messageCount === 0 ? NO_EVIDENCE : await service.evidence(different);
    const isWhole = agrees(there, evidence.fingerprints);
    if (isWhole || reads === MOST_READS) return named(different, own, evidence);
    const again = await readAgain(different, service);
    if (isSame(again, there)) return named(different, own, evidence);
    different = { ...different, there: again };
  }
}

async function readAgain({ channelId, day }: DifferentDay, service: VerifiedService): Promise<Figures> {
  const { days } = await service.proof({ from: day, to: day });
  const channels = days.flatMap((each) => (each.day === day ? each.channels : []));
  const channel = channels.find((each) => each.channelId === channelId);
  return channel === undefined ? NOTHING : figuresIn(channel);
}

function named(
  day: DifferentDay,
  own: ReadonlyMap<Fingerprint, Digest>,
  { evidence, fingerprints }: Evidence,
): NamedDay {
  const { here, there } = day;
  if (there.messageCount > 0 && evidence !== 'kept') {
    return { ...day, onlyHere: [], onlyThere: [], same: 0, code: 'no_evidence', suspects: NO_SUSPECTS };
  }
  const onlyHere = [...own].flatMap(([fingerprint, digest]) =>
    fingerprints.has(fingerprint) ? [] : [digest],
  );
  const onlyThere = [...fingerprints].filter((fingerprint) => !own.has(fingerprint));
  const same = own.size - onlyHere.length;
  const sides = { ...day, onlyHere, onlyThere, same, suspects: NO_SUSPECTS };
  if (!agrees(there, fingerprints)) {
    return { ...sides, code: 'evidence', suspects: suspectsOf(there, fingerprints) };
  }
  if (own.size < here.messageCount) return { ...sides, code: 'same_fingerprint' };
  if (onlyHere.length + onlyThere.length > 0 || there.digest === undefined) return sides;
  return isSame(here, there) ? sides : { ...sides, code: 'digest' };
}

/** Whether figures are those of the messages that there is evidence of. */
function agrees({ messageCount, digest }: Figures, fingerprints: ReadonlySet<Fingerprint>): boolean {
  if (messageCount !== fingerprints.size) return false;
  return digest === undefined || surplusOf(digest, fingerprints) === 0n;
}

/** What a digest has beyond the fingerprints, modulo 2^64. */
function surplusOf(digest: Digest, fingerprints: ReadonlySet<Fingerprint>): bigint {
  let sum = 0n;
  for (const fingerprint of fingerprints) sum += BigInt(`0x${fingerprint}`);
  return BigInt.asUintN(FINGERPRINT_BITS, sumOfFingerprintsIn(digest) - sum);
}

/** The message that was added to figures once too often, or is missing in them, where it is one. */
function suspectsOf({ digest }: Figures, fingerprints: ReadonlySet<Fingerprint>): NamedDay['suspects'] {
  if (digest === undefined) return NO_SUSPECTS;
  const surplus = surplusOf(digest, fingerprints);
  const text = (number: bigint) =>
    BigInt.asUintN(FINGERPRINT_BITS, number).toString(16).padStart(FINGERPRINT_DIGITS, '0');
  return new Map([
    [text(surplus), 'counted_twice'],
    [text(-surplus), 'not_in_figures'],
  ]);
}
