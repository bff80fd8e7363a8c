import { describe, expect, it } from 'vitest';
import { type Digest, fingerprintIn, sumOfDigests } from '../../../../functions/shared/domain/digest.ts';
import type { Figures } from '../../../../packages/cli/src/verify/compare-figures.ts';
import { nameDay } from '../../../../packages/cli/src/verify/differing-day.ts';
import type { Evidence, VerifiedService } from '../../../../packages/cli/src/verify/service.ts';

const PLACE = { channelId: 'slack', day: '2026-11-20' };
const A = digestWith('a');
const B = digestWith('b');
const C = digestWith('c');

describe('a channel and day that differs', () => {
  it('has messages on each side, and those that are the same', async () => {
    const named = await nameDay(dayOf([A, B], [B, C]), ownOf([A, B]), serviceOf([B, C]));
    expect(named).toMatchObject({ onlyHere: [A], onlyThere: [fingerprintIn(C)], same: 1 });
    expect(named.code).toBeUndefined();
  });

  it('of which nothing is counted needs no evidence', async () => {
    const named = await nameDay(dayOf([A], []), ownOf([A]), nobody());
    expect(named).toMatchObject({ onlyHere: [A], onlyThere: [], same: 0 });
  });

  it('is read again where something was counted between its figures and its evidence', async () => {
    const service = serviceOf([A, B], figuresOf([A, B]));
    const named = await nameDay(dayOf([A, B], [A]), ownOf([A, B]), service);
    expect(named).toMatchObject({ onlyHere: [], onlyThere: [], same: 2, there: figuresOf([A, B]) });
    expect(named.code).toBeUndefined();
  });

  it('says where its figures are not those of its evidence', async () => {
    const there = { messageCount: 2, digest: sumOfDigests([A, B]) };
    const named = await nameDay(dayOf([A], [A, B]), ownOf([A]), serviceOf([A], there));
    expect(named).toMatchObject({ onlyHere: [], onlyThere: [], code: 'evidence' });
    expect(named.suspects.get(fingerprintIn(B))).toBe('counted_twice');
  });

  it('says where there is no evidence, and names nothing', async () => {
    const service = { ...serviceOf([], figuresOf([A])), evidence: async () => evidenceOf([], 'none') };
    const named = await nameDay(dayOf([B], [A]), ownOf([B]), service);
    expect(named).toMatchObject({ onlyHere: [], onlyThere: [], code: 'no_evidence' });
  });

  it('says where two messages have the same fingerprint', async () => {
    const twin = `f${A.slice(1)}`;
    const named = await nameDay(dayOf([A, twin], [A]), ownOf([A, twin]), serviceOf([A]));
    expect(named).toMatchObject({ onlyHere: [], onlyThere: [], code: 'same_fingerprint' });
  });

  it('says where only the first bytes of its digest differ', async () => {
    const day = { ...dayOf([A], [A]), there: { messageCount: 1, digest: `f${A.slice(1)}` } };
    expect(await nameDay(day, ownOf([A]), serviceOf([A]))).toMatchObject({ onlyHere: [], code: 'digest' });
  });

  it('is the same where its digest is not known and its messages are', async () => {
    const day = { ...dayOf([A], [A]), there: { messageCount: 1, digest: undefined } };
    const named = await nameDay(day, ownOf([A]), serviceOf([A]));
    expect(named).toMatchObject({ onlyHere: [], onlyThere: [], same: 1 });
    expect(named.code).toBeUndefined();
  });
});

function digestWith(digit: string): Digest {
  return digit.repeat(32);
}

function figuresOf(digests: readonly Digest[]): Figures {
  return { messageCount: digests.length, digest: sumOfDigests(digests) };
}

function dayOf(here: readonly Digest[], there: readonly Digest[]) {
  return { ...PLACE, here: figuresOf(here), there: figuresOf(there) };
}

function ownOf(digests: readonly Digest[]): Map<string, Digest> {
  return new Map(digests.map((digest) => [fingerprintIn(digest), digest]));
}

function evidenceOf(digests: readonly Digest[], evidence: Evidence['evidence'] = 'kept'): Evidence {
  return { evidence, fingerprints: new Set(digests.map(fingerprintIn)) };
}

/** Answers with the evidence of some messages, and where it is asked for figures again with these. */
function serviceOf(digests: readonly Digest[], again?: Figures): VerifiedService {
  return {
    ...nobody(),
    evidence: async () => evidenceOf(digests),
    async proof() {
      if (again === undefined) throw new Error('the figures were not to be read again');
      const { messageCount, digest = null } = again;
      const channel = { channelId: PLACE.channelId, messageCount, conversationCount: 1, digest };
      return { days: [{ day: PLACE.day, channels: [channel] }], months: [] };
    },
  };
}

function nobody(): VerifiedService {
  const refuse = async () => {
    throw new Error('nobody was to be asked');
  };
  return {
    ...{ trust: refuse, proofKey: refuse, proof: refuse, evidence: refuse, lookUp: refuse },
    reads: { requests: 0, fingerprints: 0 },
  };
}
