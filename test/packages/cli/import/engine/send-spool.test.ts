import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { ImportedMessage } from '../../../../../packages/cli/src/import/export-record.ts';
import type { ImportTarget, RecordedBatch } from '../../../../../packages/cli/src/import/import-target.ts';
import { sendSpool } from '../../../../../packages/cli/src/import/send-spool.ts';
import { Spool } from '../../../../../packages/cli/src/import/spool.ts';
import { test } from '../../../../support/fixture.ts';
import { afterNoon, exported, spoolOf } from './spooled.ts';

const NOBODY_STOPS = new AbortController().signal;

/** What happens to a request: it is answered, or the process dies before the service has it, or before the answer is there. */
type Fate = 'answered' | 'dies before' | 'dies after';

/** A service that records messages once each, and in which requests have fates. */
class FatedTarget implements ImportTarget {
  readonly messagesPerRequest = 3;
  readonly stored: ImportedMessage[] = [];
  requests = 0;
  readonly #fates: readonly Fate[];

  constructor(fates: readonly Fate[]) {
    this.#fates = fates;
  }

  async record(messages: readonly ImportedMessage[]): Promise<RecordedBatch> {
    const fate = this.#fates[this.requests] ?? 'answered';
    this.requests += 1;
    if (fate === 'dies before') throw new Error('killed');
    const fresh = messages.filter(
      ({ messageId }) => !this.stored.some((stored) => stored.messageId === messageId),
    );
    this.stored.push(...fresh);
    if (fate === 'dies after') throw new Error('killed');
    return { recorded: fresh.length, duplicates: messages.length - fresh.length, refused: [] };
  }
}

describe('sending', () => {
  test('records each message once and the oldest first, wherever the process is killed', async ({
    folder,
  }) => {
    const fates = fc.array(fc.constantFrom<Fate[]>('answered', 'dies before', 'dies after'), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 0, max: 20 }), async (all, howMany) => {
        const ids = Array.from({ length: howMany }, (_, number) => `m${number}`);
        spoolOf(
          folder,
          ids.map((id, number) => exported(id, afterNoon(-number))),
        ).close();
        const target = new FatedTarget(all);
        for (let isDone = false; !isDone; ) {
          const spool = new Spool(join(folder, 'a.spool'));
          isDone = await sendSpool(spool, target, NOBODY_STOPS, () => {}).catch(() => false);
          spool.close();
        }
        expect(target.stored.map(({ messageId }) => messageId)).toEqual(ids.toReversed());
        // What was answered is not sent again.
        const killed = all.slice(0, target.requests).filter((fate) => fate !== 'answered').length;
        expect(target.requests).toBe(Math.ceil(howMany / 3) + killed);
      }),
      { numRuns: 60 },
    );
  });

  test('ends behind the running request when it is interrupted, and goes on later', async ({ folder }) => {
    const spool = spoolOf(
      folder,
      ['a', 'b', 'c', 'd', 'e'].map((id) => exported(id)),
    );
    const target = new FatedTarget([]);
    const interruption = new AbortController();
    const told: number[] = [];
    const isDone = await sendSpool(spool, target, interruption.signal, (done) => {
      told.push(done);
      if (done > 0) interruption.abort();
    });
    expect({ isDone, told, requests: target.requests }).toEqual({ isDone: false, told: [0, 3], requests: 1 });
    expect(await sendSpool(spool, target, NOBODY_STOPS, (done) => told.push(done))).toBe(true);
    expect({ told, requests: target.requests }).toEqual({ told: [0, 3, 3, 5], requests: 2 });
    spool.close();
  });
});
