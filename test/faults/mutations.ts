import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

// npm run test:mutations [-- --runs N --only WORDS]: takes one safeguard of the counting core out at a time, in a copy of the sources,
// and expects the fault schedules to fail. A mutation that survives is a safeguard that nothing tests.

interface Mutation {
  safeguard: string;
  file: string;
  /** Occurs exactly once in the file. */
  original: string;
  mutated: string;
  /** The test file that has to fail, where it takes more than the random schedules are likely to meet. */
  test?: string;
}

const MUTATIONS: readonly Mutation[] = [
  {
    safeguard: 'the version that a counter must have when it is changed',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: "ifStill('version', counter.version - 1)",
    mutated:
      "{ ConditionExpression: counter.version > 1 ? 'attribute_exists(pk)' : 'attribute_not_exists(pk)' }",
  },
  {
    safeguard: 'that a new counter must not be there yet',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: "ifStill('version', counter.version - 1)",
    mutated:
      "counter.version > 1 ? ifStill('version', counter.version - 1) : { ConditionExpression: 'attribute_not_exists(nothing)' }",
  },
  {
    safeguard: 'the look into the dedupe window',
    file: 'functions/shared/counting/day-counting.ts',
    original: '!inWindow.has(fingerprint)',
    mutated: "!inWindow.has('')",
  },
  {
    safeguard: 'the look into the archived windows',
    file: 'functions/shared/counting/day-counting.ts',
    original: '!archived.has(fingerprint)',
    mutated: "!archived.has('')",
  },
  {
    safeguard: 'that the time up to which windows are archived only moves forward',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'archivedThrough: Math.max(window.through, counter.archivedThrough ?? window.through)',
    mutated: 'archivedThrough: window.through',
  },
  {
    safeguard: 'that a window is archived together with the counter that starts the next one',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: 'if (archived === undefined) return [update];',
    mutated: 'if (archived === undefined || archived.number >= 0) return [update];',
  },
  {
    safeguard: 'that the window archived last is looked for by its name',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: 'lastArchivedThrough >= from && !isLastFound',
    mutated: 'lastArchivedThrough >= from && isLastFound',
  },
  {
    safeguard: 'that no window is archived before the one before it is seen by everybody',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: 'if (archived?.previousThrough === undefined) return;',
    mutated: 'if (archived?.previousThrough !== -1) return;',
    test: 'test/functions/shared/store/daily-counter-store.test.ts',
  },
  {
    safeguard: 'that a marker is not read while its conversation is taken over',
    file: 'functions/shared/store/dynamodb.ts',
    original: 'new TransactGetCommand({ TransactItems: [{ Get: { TableName: tableName, Key: key } }] }),',
    mutated: 'new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),',
  },
  {
    safeguard: 'the message that a conversation marker names',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'return message?.sentAt === sentAt ? message : undefined;',
    mutated: 'return message?.sentAt === -sentAt ? message : undefined;',
  },
  {
    safeguard: 'the day of the message that a conversation marker names',
    file: 'functions/shared/counting/conversation-starts.ts',
    original:
      'messages.get(nameInStep(day, startedBy));\n  return message?.sentAt === sentAt ? message : undefined;',
    mutated:
      '[...messages.values()].find(({ fingerprint }) => fingerprint === startedBy);\n  return message;',
  },
  {
    safeguard: 'that a warm function remembers conversations only once they are counted',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'if (named !== undefined) return { startedBy: named };',
    mutated:
      'if (named !== undefined) {\n      this.#counted.set(nameOf(step, conversationHash), true);\n      return { startedBy: named };\n    }',
  },
  {
    safeguard: 'that a conversation is taken over from a message that is not counted',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: "if (holder === 'seen' || holder === 'taken for seen') return {};",
    mutated: 'if (holder !== undefined) return {};',
  },
  {
    safeguard: 'that a conversation is taken over from the message that was found, and from no other',
    file: 'functions/shared/store/items/conversation-marker.ts',
    original: "ConditionExpression: '#startedBy = :named AND #day = :namedDay'",
    mutated:
      "ConditionExpression: 'attribute_exists(#startedBy) OR #startedBy = :named AND #day = :namedDay'",
    test: 'test/functions/shared/store/conversation-store.test.ts',
  },
  {
    safeguard: 'the new version of the counter from whose message a conversation is taken over',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: 'const items = [...this.writesOf(change), ...companions];',
    mutated: 'const items = companions.length > 0 ? [...companions] : this.writesOf(change);',
    test: 'test/functions/shared/counting/conversation-starts.test.ts',
  },
  {
    safeguard:
      'the new version of the counter into which the message is counted that takes a conversation over',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: '[...counters.writesOf(next), ...changes]',
    mutated: 'changes',
    test: 'test/functions/shared/counting/conversation-starts.test.ts',
  },
  {
    safeguard: 'that the first marker of a conversation stays',
    file: 'functions/shared/store/conversation-store.ts',
    original: 'putIf(IF_ABSENT,',
    mutated: 'putIf({},',
  },
  {
    safeguard: 'the retry after a lost answer',
    file: 'functions/shared/counting/count-messages.ts',
    original: "return { kind: 'returned', error: outcome.error };",
    mutated: "return { kind: 'duplicate' };",
  },
  {
    safeguard: 'that a refused change is made anew from what another writer left',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'const read = await this.#read(channelDays);',
    mutated: "const read = await (Object(channelDays)['read'] ??= this.#read(channelDays));",
  },
  {
    safeguard: 'that delivery goes on from the first record that failed',
    file: 'functions/shared/counting/count-messages.ts',
    original: "outcomes.findIndex(({ kind }) => kind === 'returned')",
    mutated: "outcomes.findLastIndex(({ kind }) => kind === 'returned')",
  },
  {
    safeguard: 'the version that a counter must have when it is sealed',
    file: 'functions/shared/store/totals-store.ts',
    original: '...sealings.flatMap((change) => this.#counters.writesOf(change)),',
    mutated:
      "...sealings.flatMap((change) => this.#counters.writesOf(change)).map((write) => (write.Update ? { Update: { ...write.Update, ConditionExpression: 'attribute_not_exists(nothing) OR #version = :read' } } : write)),",
  },
  {
    safeguard: 'the revision that totals must have when they change',
    file: 'functions/shared/store/totals-store.ts',
    original: "ifStill('revision', totals.revision - 1)",
    mutated: "{ ConditionExpression: 'attribute_not_exists(nothing)' }",
  },
  {
    safeguard: 'the revision that a month must have when it changes',
    file: 'functions/shared/store/totals-store.ts',
    original: "ifStill('revision', monthRead)",
    mutated: "{ ConditionExpression: 'attribute_not_exists(nothing)' }",
    test: 'test/functions/shared/store/totals-store.test.ts',
  },
  {
    safeguard: 'that totals are looked at where a day is over',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'counter.sealedIn !== undefined || this.#isOver(counter)',
    mutated: 'counter.sealedIn !== undefined',
  },
  {
    safeguard: 'that totals are looked at again after a counter of a day that is over was stored',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'return decided.change !== undefined && this.#isOver(joining.counter);',
    mutated: 'return decided.change === undefined && this.#isOver(joining.counter);',
    test: 'test/functions/shared/counting/day-counting.test.ts',
  },
  {
    safeguard: 'that a repetition brings in a counter that sealing has missed',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'isNew.length > 0 || isMissing(counter)',
    mutated: 'isNew.length > 0',
    test: 'test/functions/shared/counting/day-counting.test.ts',
  },
  {
    safeguard: 'that a repetition is acknowledged once the totals are seen that hold it',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'totals.revision >= counter.sealedIn',
    mutated: 'totals.revision >= 0',
    test: 'test/functions/shared/counting/day-counting.test.ts',
  },
  {
    safeguard: 'that all counters which are settled together are changed with their totals',
    file: 'functions/shared/store/totals-store.ts',
    original: '...sealings.flatMap((change) =>',
    mutated: '...sealings.slice(0, 1).flatMap((change) =>',
  },
  {
    safeguard: 'that counters which are settled together join each the snapshot of its day',
    file: 'functions/shared/domain/peer-totals.ts',
    original: 'new Map(month.days.get(day)?.channels)',
    mutated: 'new Map(month.days.get(lastDay)?.channels)',
  },
  {
    safeguard: 'that what readers take off a counter is kept of every day that is settled',
    file: 'functions/shared/domain/peer-totals.ts',
    original: 'recent.set(day, snapshot);',
    mutated: 'if (byDay.size === 1) recent.set(day, snapshot);',
  },
  {
    safeguard: 'that days of one channel which are counted together are decided on together',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'this.#decide(one));',
    mutated: 'Promise.all(one.map((single) => this.#decide([single]))).then((all) => all.flat()));',
  },
  {
    safeguard: 'that a message is looked for whose day is counted into together with others',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'if (holder.window?.fingerprints.includes(marker.startedBy))',
    mutated: 'if (step.own.has(marker.day) || holder.window?.fingerprints.includes(marker.startedBy))',
  },
  {
    safeguard: 'that a counter which was sealed adds its difference to the totals',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'before.sealedIn === undefined ? ZERO : before',
    mutated: 'before.version < 0 ? before : ZERO',
  },
  {
    safeguard: 'that totals are complete one day behind',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'isSealed(totals, day) ? totals.completeThrough : totals.sealedThrough',
    mutated: 'isSealed(totals, day) ? totals.completeThrough : day',
  },
  {
    safeguard: 'that the earliest day is sealed first',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'const [next] = open;',
    mutated: 'const next = open.at(-1);',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that what totals hold is taken off a counter',
    file: 'functions/shared/domain/stored-usage.ts',
    original: 'totals.recent.get(counter.day)?.get(counter.channelNumber) ?? ZERO',
    mutated: 'totals.recent.get(counter.day)?.get(-1) ?? ZERO',
    test: 'test/functions/shared/domain/stored-usage.test.ts',
  },
  {
    safeguard: 'that an older state of a counter has nothing to add',
    file: 'functions/shared/domain/stored-usage.ts',
    original: 'Math.max(0, counter[field] - known[field])',
    mutated: 'counter[field] - known[field]',
    test: 'test/functions/shared/domain/stored-usage.test.ts',
  },
  {
    safeguard: 'that counters are read from the first day on that is not complete',
    file: 'functions/shared/store/usage-reader.ts',
    original: 'first < guessed ?',
    mutated: 'first < guessed && totals.revision === 0 ?',
  },
  {
    safeguard: 'that months are of the revision that the totals name',
    file: 'functions/shared/store/usage-reader.ts',
    original: 'found.get(month)?.revision !== revision',
    mutated: 'found.get(month)?.revision === -revision',
  },
  {
    safeguard: 'that what a read lacks is read again',
    file: 'functions/shared/store/usage-reader.ts',
    original: '(found.get(month)?.revision ?? 0) < revision',
    mutated: '(found.get(month)?.revision ?? 0) < -revision',
    test: 'test/functions/shared/store/usage-reader.test.ts',
  },
  {
    safeguard: 'that a change lists itself',
    file: 'functions/shared/domain/peer-totals.ts',
    original: '      changedAt: now,\n',
    mutated: '      changedAt: totals.changedAt || now,\n',
    test: 'test/functions/shared/domain/peer-totals.test.ts',
  },
  {
    safeguard: 'that a counter which has gone is not made again',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'if (mayHaveExpired(day, now)) return true;',
    mutated: 'if (mayHaveExpired(day, now)) return false;',
    test: 'test/functions/shared/counting/day-counting.test.ts',
  },
  {
    safeguard: 'that a heartbeat is noted after what lies before it was counted',
    file: 'functions/shared/counting/count-messages.ts',
    original: 'return async ({ Records: records }) => {\n    const outcomes = await counter.count(records);',
    mutated:
      "return async ({ Records: records }) => {\n    const early = records.map((record) => parseStreamRecord(record, 400));\n    await passing.note(early.filter((one) => one.kind === 'heartbeat'));\n    const outcomes = await counter.count(records);",
  },
  {
    safeguard: 'that no heartbeat is noted behind a record that has to come again',
    file: 'functions/shared/counting/count-messages.ts',
    original: 'outcomes.slice(0, firstReturnedOf(outcomes))',
    mutated: 'outcomes.slice(0, outcomes.length)',
  },
  {
    safeguard: 'that of each key the newest heartbeat stays',
    file: 'functions/shared/store/expressions.ts',
    original: "ConditionExpression: conditions.join(' AND ') };",
    mutated: "ConditionExpression: conditions.map(() => 'attribute_not_exists(nowhere)').join(' AND ') };",
  },
  {
    safeguard: 'that the instant of a heartbeat is taken before it is put',
    file: 'functions/send-heartbeats/send-heartbeats.ts',
    original: '      const sentAt = clock() - 1;\n',
    mutated: '      const sentAt = clock() + 9_000;\n',
    test: 'test/functions/send-heartbeats/send-heartbeats.test.ts',
  },
  {
    safeguard: 'that what another version of the service has added to an item stays',
    file: 'functions/shared/store/expressions.ts',
    original: 'const missing = optional.filter((name) => attributes[name] === undefined);',
    mutated: "const missing = [...optional.filter((name) => attributes[name] === undefined), 'foreign'];",
  },
  {
    safeguard: 'that no request waits for the read of a key that another one began',
    file: 'functions/shared/http/authentication.ts',
    original: 'await this.#keys.read(keyId)',
    mutated:
      'await (Object(this.#keys)[keyId] ??= this.#keys.read(keyId).finally(() => delete Object(this.#keys)[keyId]))',
  },
  {
    safeguard: 'that the time of a request covers its authorization',
    file: 'functions/shared/http/http.ts',
    original: '(exchange: Exchange, { getRemainingTimeInMillis }: LambdaContext) =>\n    inTime(',
    mutated:
      'async (exchange: Exchange, { getRemainingTimeInMillis }: LambdaContext) =>\n    (await admission.admit(exchange)) && inTime(',
  },
  {
    safeguard: 'that an invocation of the stream consumer ends when its time is over',
    file: 'local/aws/stream/invocations.ts',
    original: '[fail(timeoutMs), failOnceStopped()]',
    mutated: '[failOnceStopped()]',
  },
  {
    safeguard: 'that no invocation of the stream consumer waits for the hash secret that another one reads',
    file: 'functions/shared/counting/count-messages.ts',
    original: 'await buildCounter(this.#dependencies, this.#windowCapacity)',
    mutated:
      'await (Object(this).making ??= buildCounter(this.#dependencies, this.#windowCapacity).finally(() => delete Object(this).making))',
  },
];

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
/** What the schedules and the tests below are made of, and how they are read. */
const COPIED = [
  ...['bench', 'dashboard', 'functions', 'infra', 'local', 'npm-packages', 'openapi', 'test'],
  ...['package.json', 'tsconfig.json', 'vitest.config.ts'],
];
const root = join(import.meta.dirname, '..', '..');
const print = (line: string) => process.stdout.write(`${line}\n`);

/** Runs the schedules on a mutated copy of the sources; gives the line that tells what failed, if one did. */
async function failureOf(mutation: Mutation): Promise<string | undefined> {
  const copy = await mkdtemp(join(tmpdir(), 'mutation-'));
  try {
    for (const path of COPIED) await cp(join(root, path), join(copy, path), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const file = join(copy, mutation.file);
    const source = await readFile(file, 'utf8');
    const pieces = source.split(mutation.original);
    if (pieces.length !== 2) {
      throw new Error(`${mutation.file} has ${pieces.length - 1} places like: ${mutation.original}`);
    }
    await writeFile(file, pieces.join(mutation.mutated));
    const proof =
      mutation.test === undefined
        ? ['test/faults/main.ts', '--runs', values.runs, '--seed', values.seed]
        : ['node_modules/vitest/vitest.mjs', 'run', mutation.test];
    await promisify(execFile)(process.execPath, proof, {
      cwd: copy,
      maxBuffer: 2 ** 24,
      env: { ...process.env, NO_COLOR: '1' },
    });
    return undefined;
  } catch (error) {
    const output =
      error instanceof Error && 'stdout' in error && 'stderr' in error
        ? `${error.stdout}\n${error.stderr}`
        : '';
    const line = /^seed \d+ failed: .*$|AssertionError: .*$|^ FAIL +\S+ > .*$/m.exec(output)?.[0];
    // Anything else than a failed schedule or test, such as a syntax error, proves nothing.
    if (line === undefined) throw error;
    return line;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

let survivors = 0;
const chosen = MUTATIONS.filter(({ safeguard }) => safeguard.includes(values.only));
for (const mutation of chosen) {
  const failure = await failureOf(mutation);
  if (failure === undefined) survivors += 1;
  print(`${failure === undefined ? 'SURVIVED' : 'noticed '}  without ${mutation.safeguard}`);
  if (failure !== undefined) print(`          ${failure.slice(0, 160)}`);
}
print(`${chosen.length - survivors} passed, ${survivors} failed`);
process.exitCode = survivors > 0 ? 1 : 0;
