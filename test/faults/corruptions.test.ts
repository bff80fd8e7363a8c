import { expect, test } from 'vitest';
import { CORRUPTIONS_OF_A_PEER, type CorruptionOutcome, corruptPeer } from './corrupted-peer.ts';
import { CORRUPTIONS } from './corruptions.ts';

const PEERS = 5;

test('whatever one thing is corrupted that is stored of figures, an audit or a list of ids tells where', async () => {
  const failures: string[] = [];
  const found: CorruptionOutcome = new Map();
  for (let seed = 1; seed <= PEERS; seed += 1) {
    await corruptPeer(seed, CORRUPTIONS_OF_A_PEER).then(
      (ofPeer) => {
        for (const [what, times] of ofPeer) found.set(what, (found.get(what) ?? 0) + times);
      },
      (error: unknown) => {
        failures.push(`npm run test:faults -- --corruptions --runs 1 --seed ${seed}: ${error}`);
      },
    );
  }
  expect(failures).toEqual([]);
  const times = [...found.values()].reduce((sum, one) => sum + one, 0);
  expect(times).toBe(PEERS * CORRUPTIONS_OF_A_PEER);
  // What is not tried tells nothing.
  const isTried = (name: string) => [...found.keys()].some((one) => one.startsWith(`${name}: `));
  expect(Object.keys(CORRUPTIONS).filter((name) => !isTried(name))).toEqual([]);
});
