import { expect } from 'vitest';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { AuditLog } from '../../../../functions/shared/store/audit-log.ts';
import { ForgottenRegister } from '../../../../functions/shared/store/forgotten-register.ts';
import type { AuditEntry } from '../../../../functions/shared/store/items/audit-entry.ts';
import { forgottenKey } from '../../../../functions/shared/store/items/forgotten.ts';
import { test } from '../../../support/fixture.ts';
import { contentsOf, putRaw } from './table-contents.ts';

const AT = Date.parse('2026-11-22T10:00:00.000Z');
const CONVERSATION = { peerId: 'p', conversationId: '+49 170 0000001' };

/** Everything that a generator gives. */
async function all<Each>(pages: AsyncGenerator<Each[]>): Promise<Each[]> {
  const found: Each[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

test('lines of the audit log come back in the order of time, two of one instant as well', async ({
  auditTable,
  dependencies,
}) => {
  const log = new AuditLog(auditTable, dependencies.randomBytes);
  const purge: AuditEntry = {
    at: AT,
    action: 'purge',
    phase: 'begun',
    by: 'ops',
    peerId: 'p',
    channelId: 'c',
    counts: {},
  };
  const erase: AuditEntry = {
    at: AT + 1,
    action: 'erase',
    phase: 'done',
    by: 'ops',
    subject: 'h',
    counts: { messages: 3 },
  };
  await log.add(erase);
  await log.add(purge);
  await log.add(purge);
  expect(await all(log.entries())).toEqual([purge, purge, erase]);
});

test('the register knows conversations and peers by hashes alone, under a secret that stays', async ({
  auditTable,
  dependencies,
}) => {
  const register = new ForgottenRegister(auditTable, dependencies.randomBytes);
  const hashes = await register.hashes();
  const entries = [
    { kind: 'conversation', hash: hashes.ofConversation(CONVERSATION), at: AT, isThrough: true },
    { kind: 'peer', hash: hashes.ofPeer('p'), at: AT, isThrough: false },
  ] as const;
  for (const entry of entries) await register.add(entry);
  await register.add({ ...entries[1], at: AT + 5, isThrough: true });
  const again = new ForgottenRegister(auditTable, dependencies.randomBytes);
  expect((await again.hashes()).ofPeer('p')).toBe(entries[1].hash);
  expect(await again.read(entries[1].hash)).toEqual({ ...entries[1], at: AT + 5, isThrough: true });
  expect(await again.read('another')).toBeUndefined();
  expect(new Set(await all(again.entries()))).toEqual(
    new Set([entries[0], { ...entries[1], at: AT + 5, isThrough: true }]),
  );
  expect(JSON.stringify(await contentsOf(auditTable))).not.toContain('+49');
});

test('a peer and a conversation that are called alike have different hashes', async ({
  auditTable,
  dependencies,
}) => {
  const hashes = await new ForgottenRegister(auditTable, dependencies.randomBytes).hashes();
  const alike = [
    hashes.ofPeer('a'),
    hashes.ofPeer('b'),
    hashes.ofConversation({ peerId: 'a', conversationId: 'b' }),
    hashes.ofConversation({ peerId: 'b', conversationId: 'a' }),
  ];
  expect(new Set(alike).size).toBe(alike.length);
});

test('a malformed entry is named, not passed over', async ({ auditTable, dependencies }) => {
  await putRaw(auditTable, { ...forgottenKey('h'), kind: 'other' });
  const register = new ForgottenRegister(auditTable, dependencies.randomBytes);
  await expect(register.read('h')).rejects.toThrow(MalformedItemError);
});
