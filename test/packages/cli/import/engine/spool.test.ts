import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { ImportedMessage } from '../../../../../packages/cli/src/import/export-record.ts';
import { Spool, SpoolWriter } from '../../../../../packages/cli/src/import/spool.ts';
import { test } from '../../../../support/fixture.ts';
import { afterNoon, exported, spoolOf, takenFrom } from './spooled.ts';

describe('a spool', () => {
  test('gives messages oldest first, and those of one instant as they stood in the files', ({ folder }) => {
    const spool = spoolOf(folder, [
      exported('newest', afterNoon(9)),
      exported('b', afterNoon(1)),
      exported('a', afterNoon(1)),
      exported('oldest', afterNoon(-500)),
    ]);
    const batches = takenFrom(spool, 3).map((batch) => batch.map(({ messageId }) => messageId));
    expect(batches).toEqual([['oldest', 'b', 'a'], ['newest']]);
    spool.close();
  });

  test('keeps of messages with the same ids the first, also where another has another channel or day', ({
    folder,
  }) => {
    const first = exported('m', {
      channelId: 'slack',
      ...afterNoon(60),
      channelName: 'Slack',
      galleryKey: 'slack',
    });
    const spool = spoolOf(folder, [
      first,
      exported('m', { channelId: 'direct', ...afterNoon(-6_000) }),
      exported('m', { conversationId: 'c2' }),
      exported('m', { role: 'assistant' }),
    ]);
    expect(spool.duplicates).toBe(2);
    expect(takenFrom(spool).flat()).toEqual([exported('m', { conversationId: 'c2' }).message, first.message]);
    spool.close();
  });

  test('goes on behind what is acknowledged when it is opened again, and knows what was refused', async ({
    folder,
  }) => {
    const spool = spoolOf(
      folder,
      ['a', 'b', 'c', 'd', 'e'].map((id, index) => exported(id, afterNoon(index))),
    );
    spool.acknowledge(spool.next(2), {
      recorded: 0,
      duplicates: 1,
      refused: [{ index: 1, code: 'too_old', reason: 'sentAt must not be …' }],
    });
    // Taken and not acknowledged: it is not known what became of them.
    spool.next(2);
    spool.close();
    const again = new Spool(join(folder, 'a.spool'));
    expect(again.sent).toEqual({ messages: 2, recorded: 0, duplicates: 1 });
    expect(again.messages).toBe(5);
    expect([...again.refused()]).toEqual([
      {
        place: 'export.jsonl b',
        code: 'too_old',
        reason: 'sentAt must not be …',
        conversationId: 'c1',
        messageId: 'b',
      },
    ]);
    expect(
      takenFrom(again)
        .flat()
        .map(({ messageId }) => messageId),
    ).toEqual(['c', 'd', 'e']);
    expect(again.channels()).toEqual([
      { channelId: 'direct', messages: 4, userMessages: 4, conversations: 1 },
    ]);
    again.remove();
    expect(await readdir(folder)).toEqual([]);
  });

  test('counts what is skipped by its reason, and keeps what is refused with its place', ({ folder }) => {
    const spool = spoolOf(folder, [
      { kind: 'skipped', place: 'a 1', reason: 'channel_join' },
      { kind: 'refused', place: 'a 2', code: 'invalid_message', reason: 'no JSON' },
      { kind: 'skipped', place: 'a 3', reason: 'pinned_item' },
      { kind: 'skipped', place: 'a 4', reason: 'channel_join' },
      { kind: 'refused', place: 'a 5', code: 'invalid_message', reason: 'no sentAt' },
      { ...exported('m'), warning: 'the hour is there twice' },
    ]);
    expect(spool.skipped()).toEqual([
      { reason: 'channel_join', number: 2 },
      { reason: 'pinned_item', number: 1 },
    ]);
    expect(spool.refusedByCode()).toEqual([
      { code: 'invalid_message', number: 2, place: 'a 2', reason: 'no JSON' },
    ]);
    expect([...spool.refused()].map(({ place, messageId }) => [place, messageId])).toEqual([
      ['a 2', null],
      ['a 5', null],
    ]);
    expect(spool.warnings()).toEqual([
      { warning: 'the hour is there twice', number: 1, place: 'export.jsonl m' },
    ]);
    expect(spool.messages).toBe(1);
    spool.close();
  });

  test('says what counts on which day: conversations on that of their first message of a user', ({
    folder,
  }) => {
    const day = 24 * 60;
    const spool = spoolOf(folder, [
      exported('3', { conversationId: 'x', ...afterNoon(day) }),
      exported('2', { conversationId: 'x' }),
      exported('1', { conversationId: 'x', role: 'assistant', ...afterNoon(-day) }),
      exported('4', { conversationId: 'x', channelId: 'slack', ...afterNoon(day) }),
      exported('5', { conversationId: 'y', ...afterNoon(day) }),
      exported('last', { conversationId: 'x', ...afterNoon(12 * 60 - 1) }),
      exported('first', { conversationId: 'x', ...afterNoon(12 * 60) }),
    ]);
    expect(spool.days()).toEqual([
      { channelId: 'direct', day: '2026-11-20', messages: 2, conversations: 1 },
      { channelId: 'direct', day: '2026-11-21', messages: 3, conversations: 1 },
      { channelId: 'slack', day: '2026-11-21', messages: 1, conversations: 1 },
    ]);
    expect(spool.roles()).toContainEqual({ channelId: 'direct', role: 'assistant', messages: 1 });
    spool.close();
  });

  test('is for its owner alone, and not there before all is read', async ({ folder }) => {
    const writer = new SpoolWriter(join(folder, 'b.spool'));
    writer.add(exported('m'));
    expect(await readdir(folder)).toEqual(['b.spool.reading']);
    expect((await stat(join(folder, 'b.spool.reading'))).mode & 0o777).toBe(0o600);
    writer.abandon();
    expect(await readdir(folder)).toEqual([]);
    spoolOf(folder, [exported('m')]).close();
    expect(await readdir(folder)).toEqual(['a.spool']);
    expect((await stat(join(folder, 'a.spool'))).mode & 0o777).toBe(0o600);
  });

  test('keeps nothing of a message but what recording takes', async ({ folder }) => {
    const { message, ...record } = exported('m');
    const withText = Object.assign({ ...message }, { text: 'nobody may read this', author: 'Ann Example' });
    spoolOf(folder, [{ ...record, message: withText }]).close();
    const kept = await readFile(join(folder, 'a.spool'), 'latin1');
    expect(kept).toContain('export.jsonl m');
    expect(kept).not.toMatch(/nobody may read|Ann Example/);
  });

  test('of any messages gives each identity once, the first of them, by time and place', ({ folder }) => {
    const messages = fc.array(
      fc.record({
        messageId: fc.constantFrom('a', 'b', 'c', "d'", 'ü'),
        conversationId: fc.constantFrom('x', 'y', ''),
        channelId: fc.constantFrom('direct', 'slack'),
        role: fc.constantFrom('user' as const, 'assistant' as const),
        sentAt: fc.integer({ min: 0, max: 5 }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 7 }), (all, together) => {
        const spool = spoolOf(
          folder,
          all.map((message) => ({ kind: 'message', place: 'p', message })),
        );
        const firsts = new Map<string, ImportedMessage>();
        for (const message of all) {
          const identity = JSON.stringify([message.conversationId, message.messageId]);
          if (!firsts.has(identity)) firsts.set(identity, message);
        }
        const batches = takenFrom(spool, together);
        expect(batches.flat()).toEqual([...firsts.values()].sort((a, b) => a.sentAt - b.sentAt));
        expect(batches.slice(0, -1).every(({ length }) => length === together)).toBe(true);
        expect(spool.duplicates).toBe(all.length - firsts.size);
        spool.close();
      }),
      { numRuns: 60 },
    );
  });
});
