import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

// npm run test:mutations [-- --runs N --only WORDS --by exhaustive|test|random]: takes one safeguard of the counting core
// out at a time, in a copy of the sources, and expects a failure: that of every schedule of a small scope where that can
// express it, whose shortest one is shown step by step, that of a test, or else that of the random schedule that the list
// names. A mutation that survives is a safeguard that nothing tests.

/** Takes one safeguard out. */
interface Change {
  safeguard: string;
  file: string;
  /** Occurs exactly once in the file. */
  original: string;
  mutated: string;
}

/** What notices that it is gone. */
type Notice =
  /** Words of the scenario of which a schedule has to fail (test/exhaustive), where that can express it. */
  | { exhaustive: string }
  /** The test file that has to fail, where it takes more than the random schedules are likely to meet. */
  | { test: string }
  /** The seed of a random fault schedule that fails (npm run test:faults). */
  | { seed: number };

type Mutation = Change & Notice;

const MUTATIONS: readonly Mutation[] = [
  {
    safeguard: 'the version that a counter must have when it is changed',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: "ifStill('version', counter.version - 1)",
    mutated:
      "{ ConditionExpression: counter.version > 1 ? 'attribute_exists(pk)' : 'attribute_not_exists(pk)' }",
    exhaustive: 'nothing is there yet',
  },
  {
    safeguard: 'that a new counter must not be there yet',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: "ifStill('version', counter.version - 1)",
    mutated:
      "counter.version > 1 ? ifStill('version', counter.version - 1) : { ConditionExpression: 'attribute_not_exists(nothing)' }",
    exhaustive: 'nothing is there yet',
  },
  {
    safeguard: 'the look into the dedupe window',
    file: 'functions/shared/counting/day-counting.ts',
    original: '!inWindow.has(fingerprint)',
    mutated: "!inWindow.has('')",
    exhaustive: 'nothing is there yet',
  },
  {
    safeguard: 'the look into the archived windows',
    file: 'functions/shared/counting/day-counting.ts',
    original: '!found.has(fingerprint)',
    mutated: "!found.has('')",
    exhaustive: 'archives its window',
  },
  {
    safeguard: 'that the time up to which windows are archived only moves forward',
    file: 'functions/shared/domain/archive.ts',
    original: 'Math.max(span.through, latest.get(level) ?? span.through)',
    mutated: 'span.through',
    seed: 25,
  },
  {
    safeguard: 'that a repair moves a day before its counter has another number',
    file: 'functions/shared/auditing/peer-mender.ts',
    original: 'if (counter.sealedIn !== undefined && !equal(held, counter)) return false;',
    mutated: '',
    test: 'test/functions/shared/auditing/peer-mender.test.ts',
  },
  {
    safeguard: 'that a repair puts back what leads to windows that were split',
    file: 'functions/shared/auditing/peer-mender.ts',
    original: 'await counters.markSplit(counter, evidence.hidden.by);',
    mutated: '',
    test: 'test/tools/audit.test.ts',
  },
  {
    safeguard: 'that windows are archived together with the counter that starts the next one',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: 'const { counter, archived = [] } = change;',
    mutated: 'const { counter } = change;\n    const archived: ArchivedWindow[] = [];',
    exhaustive: 'archives its window',
  },
  {
    safeguard: 'that the windows archived last are looked for by their names',
    file: 'functions/shared/store/archived-windows.ts',
    original: 'const unseen = search.unseen();',
    mutated: 'const unseen = search.unseen().slice(0, 0);',
    test: 'test/functions/shared/store/archived-windows.test.ts',
  },
  {
    safeguard: 'that no window is archived before those before it are seen by everybody',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: 'if (archiveBefore === undefined) return;',
    mutated: 'if (archiveBefore === undefined || archiveBefore.windows > 0) return;',
    test: 'test/functions/shared/store/daily-counter-store.test.ts',
  },
  {
    safeguard: 'that windows are waited for where others archived them since',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: '=== archiveBefore.windows) return;',
    mutated: '!== undefined) return;',
    test: 'test/functions/shared/store/daily-counter-store.test.ts',
  },
  {
    safeguard: 'that windows are waited for where the answer was lost to the one who archived them',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: '    await this.awaitEarlierWindows(change);',
    mutated:
      '    await this.awaitEarlierWindows(change);\n    this.#archivedHere.set(nameOfArchive(change.counter), change.counter.archive.windows);',
    test: 'test/functions/shared/store/daily-counter-store.test.ts',
  },
  {
    safeguard: 'the number of the channel whose windows were archived',
    file: 'functions/shared/store/daily-counter-store.ts',
    original: '.channelNumber}`;',
    mutated: '.channelId}`;',
    test: 'test/functions/shared/store/daily-counter-store.test.ts',
  },
  {
    safeguard: 'that what windows held is in others before they go',
    file: 'functions/shared/store/archived-windows.ts',
    original: 'await this.#putAll(made);',
    mutated: 'await this.#putAll(made.slice(1));',
    seed: 5,
  },
  {
    safeguard: 'that a marker tells of the windows that take the place of others',
    file: 'functions/shared/store/archived-windows.ts',
    original: 'await this.#putAll([marker]);',
    mutated: '',
    seed: 5,
  },
  {
    safeguard: 'that the windows archived last are not split',
    file: 'functions/shared/store/archived-windows.ts',
    original: 'number < settled',
    mutated: 'number < settled + 1_000',
    test: 'test/functions/shared/store/archived-windows.test.ts',
  },
  {
    safeguard: 'that a look begins anew where the windows archived last have gone elsewhere',
    file: 'functions/shared/store/archived-windows.ts',
    original: 'if (awaited.length < unseen.length ||',
    mutated: 'if (awaited.length < 0 ||',
    test: 'test/functions/shared/store/archived-windows.test.ts',
  },
  {
    safeguard: 'that a message is recognised in a window only once the counter is seen that counts it',
    file: 'functions/shared/store/archive-search.ts',
    original: 'number >= this.#counter.archive.windows',
    mutated: 'number < 0',
    test: 'test/functions/shared/store/archived-windows.test.ts',
  },
  {
    safeguard: 'that a marker is not read while its conversation is taken over',
    file: 'functions/shared/store/dynamodb.ts',
    original: 'const [item] = await readTogether(table, [key]);',
    mutated: 'const [item] = await batchGet(table, [key], { ConsistentRead: true });',
    test: 'test/functions/shared/counting/conversation-starts.test.ts',
  },
  {
    safeguard: 'the message that a conversation marker names',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'return message?.sentAt === sentAt ? message : undefined;',
    mutated: 'return message?.sentAt === -sentAt ? message : undefined;',
    exhaustive: 'nothing is there yet',
  },
  {
    safeguard: 'the day of the message that a conversation marker names',
    file: 'functions/shared/counting/conversation-starts.ts',
    original:
      'messages.get(nameInStep(day, startedBy));\n  return message?.sentAt === sentAt ? message : undefined;',
    mutated:
      '[...messages.values()].find(({ fingerprint }) => fingerprint === startedBy);\n  return message;',
    seed: 2,
  },
  {
    safeguard: 'that a warm function remembers conversations only once they are counted',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'if (named !== undefined) return { startedBy: named };',
    mutated:
      'if (named !== undefined) {\n      this.#counted.set(nameOf(step, conversationHash), true);\n      return { startedBy: named };\n    }',
    exhaustive: 'marker names is not counted',
  },
  {
    safeguard: 'that conversations are remembered by the channel that they were started on',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'nameOf(channel, conversationHash), true)',
    mutated: 'nameOf({ ...channel, channelNumber: 1 }, conversationHash), true)',
    seed: 14,
  },
  {
    safeguard: 'that a conversation is taken over from a message that is not counted',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: "if (holder === 'seen' || holder === 'taken for seen') return {};",
    mutated: 'if (holder !== undefined) return {};',
    exhaustive: 'marker names is not counted',
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
    original: 'TransactItems: [update, ...others]',
    mutated: 'TransactItems: companions.length > 0 ? [...companions] : [update, ...others]',
    exhaustive: 'marker names is not counted',
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
    safeguard: 'that a write which was not made together with others is made by itself',
    file: 'functions/shared/store/gathered-writes.ts',
    original: 'if (response !== undefined && response.Error === undefined)',
    mutated: 'if (response !== undefined)',
    test: 'test/functions/shared/store/gathered-writes.test.ts',
  },
  {
    safeguard: 'the condition of a write that is made together with others',
    file: 'functions/shared/store/statements.ts',
    original: ', asStatement(condition)];',
    mutated: '];',
    test: 'test/functions/shared/store/gathered-writes.test.ts',
  },
  {
    safeguard: 'that the first marker of a conversation stays',
    file: 'functions/shared/store/conversation-store.ts',
    original: 'putIf(IF_ABSENT,',
    mutated: 'putIf({},',
    exhaustive: 'one conversation',
  },
  {
    safeguard: 'that a peer which is listed with an earlier day is listed anew',
    file: 'functions/shared/store/active-peers.ts',
    original: 'stored !== undefined && stored >= day',
    mutated: 'stored !== undefined',
    seed: 2,
  },
  {
    safeguard: 'the retry after a lost answer',
    file: 'functions/shared/counting/count-messages.ts',
    original: "return { kind: 'returned', error: outcome.error };",
    mutated: "return { kind: 'duplicate' };",
    exhaustive: 'two channels of a day',
  },
  {
    safeguard: 'that a refused change is made anew from what another writer left',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'const read = await this.#confirm(await this.#read(channelDays));',
    mutated:
      "const read = await this.#confirm(await (Object(channelDays)['read'] ??= this.#read(channelDays)));",
    exhaustive: 'nothing is there yet',
  },
  {
    safeguard: 'that who is refused leaves out what others have counted meanwhile',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'const isNew = await this.#notInCounter(counter, known.isNew, known.counter);',
    mutated: 'const isNew = known.isNew;',
    exhaustive: 'marker names is not counted',
  },
  {
    safeguard: 'that who is refused looks into the windows that were archived meanwhile',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'windows.lookBehind(counter, known.archive.windows,',
    mutated: 'windows.lookBehind(counter, counter.archive.windows,',
    test: 'test/functions/shared/counting/refused-writes.test.ts',
  },
  {
    safeguard: 'that decisions on conversations hold only where nothing but counting has changed the counter',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'return steady !== undefined && steady.through === version && steady.from <= read.version;',
    mutated: 'return version > 0;',
    test: 'test/functions/shared/counting/refused-writes.test.ts',
  },
  {
    safeguard: 'that a change which nobody calls counting is taken for another one',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'steady.through === version && ',
    mutated: '',
    test: 'test/functions/shared/domain/daily-counter.test.ts',
  },
  {
    safeguard: 'that counting says so of no change that others have made before',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'from: steady?.through === version ? steady.from : version,',
    mutated: 'from: steady?.from ?? version,',
    test: 'test/functions/shared/domain/daily-counter.test.ts',
  },
  {
    safeguard: 'that who is refused by the sealing of a counter begins anew',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'channelNumber !== read.channelNumber || sealedIn !== undefined || unconfirmed === true',
    mutated: 'channelNumber !== read.channelNumber || unconfirmed === true',
    test: 'test/functions/shared/domain/daily-counter.test.ts',
  },
  {
    safeguard: 'that who is refused by a counter of another channel begins anew',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'channelNumber !== read.channelNumber || sealedIn !== undefined || unconfirmed === true',
    mutated: 'sealedIn !== undefined || unconfirmed === true',
    test: 'test/functions/shared/domain/daily-counter.test.ts',
  },
  {
    safeguard: 'that windows which a counter does not name are looked for as all others are',
    file: 'functions/shared/store/archived-windows.ts',
    original: 'if (before.length + last.length < windows - known)',
    mutated: 'if (before.length + last.length < 0)',
    test: 'test/functions/shared/store/archived-windows.test.ts',
  },
  {
    safeguard: 'that windows which a counter names and were split are looked for as all others are',
    file: 'functions/shared/store/archived-windows.ts',
    original: 'if (found.length < keys.length)',
    mutated: 'if (found.length < 0)',
    test: 'test/functions/shared/store/archived-windows.test.ts',
  },
  {
    safeguard: 'that whoever is refused time and again gives up in the end',
    file: 'functions/shared/counting/counter-contest.ts',
    original: 'if (!this.#isOutOfTime) return;',
    mutated: 'if (this.#isOutOfTime !== undefined) return;',
    test: 'test/functions/shared/counting/counter-contest.test.ts',
  },
  {
    safeguard: 'that delivery goes on from the first record that failed',
    file: 'functions/shared/counting/count-messages.ts',
    original: "outcomes.findIndex(({ kind }) => kind === 'returned')",
    mutated: "outcomes.findLastIndex(({ kind }) => kind === 'returned')",
    exhaustive: 'two channels of a day',
  },
  {
    safeguard: 'the version that a counter must have when it is sealed',
    file: 'functions/shared/store/totals-store.ts',
    original: 'sealings.flatMap((change) => this.#counters.writesOf(change));',
    mutated:
      "sealings.flatMap((change) => this.#counters.writesOf(change)).map((write) => (write.Update ? { Update: { ...write.Update, ConditionExpression: 'attribute_not_exists(nothing) OR #version = :read' } } : write));",
    exhaustive: 'nothing is there yet',
  },
  {
    safeguard: 'the revision that totals must have when they change',
    file: 'functions/shared/store/totals-store.ts',
    original: "ifStill('revision', totalsRead)",
    mutated: "{ ConditionExpression: 'attribute_not_exists(nothing)' }",
    exhaustive: 'two months',
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
    seed: 6,
  },
  {
    safeguard: 'that totals are looked at again after a counter of a day that is over was stored',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'return change !== undefined && this.#isOver(counter);',
    mutated: 'return change === undefined && this.#isOver(counter);',
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
    original: 'sealings.flatMap((change) =>',
    mutated: 'sealings.slice(0, 1).flatMap((change) =>',
    exhaustive: 'two days that are sealed',
  },
  {
    safeguard: 'that counters which are settled together join each the snapshot of its day',
    file: 'functions/shared/domain/peer-totals.ts',
    original: 'new Map(month.days.get(day)?.channels)',
    mutated: 'new Map(month.days.get(lastDay)?.channels)',
    exhaustive: 'two days that are sealed',
  },
  {
    safeguard: 'that what readers take off a counter is kept of every day that is settled',
    file: 'functions/shared/domain/peer-totals.ts',
    original: 'recent.set(day, snapshot);',
    mutated: 'if (byDay.size === 1) recent.set(day, snapshot);',
    exhaustive: 'two days that are sealed',
  },
  {
    safeguard: 'that days of one channel which are counted together are decided on together',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'this.#decide(one));',
    mutated: 'Promise.all(one.map((single) => this.#decide([single]))).then((all) => all.flat()));',
    exhaustive: 'two days that are sealed',
  },
  {
    safeguard: 'that a message is looked for whose day is counted into together with others',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'if (holder.window?.fingerprints.includes(marker.startedBy))',
    mutated: 'if (step.own.has(marker.day) || holder.window?.fingerprints.includes(marker.startedBy))',
    seed: 10,
  },
  {
    safeguard: 'that a counter which was sealed adds its difference to the totals',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'before.sealedIn === undefined ? { ...ZERO, digest: EMPTY_DIGEST } : before',
    mutated: 'before.version < 0 ? before : { ...ZERO, digest: EMPTY_DIGEST }',
    exhaustive: 'two days that are sealed',
  },
  {
    safeguard: 'that totals are complete one turn of sealing behind',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'isSealed(read, day) ? read.completeThrough : read.sealedThrough',
    mutated: 'isSealed(read, day) ? read.completeThrough : day',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that totals are complete up to what was sealed before the turn, not within it',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'isSealed(read, day) ? read.completeThrough : read.sealedThrough',
    mutated: 'isSealed(read, day) ? read.completeThrough : this.totals.sealedThrough',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that the earliest day is sealed first',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'Map.groupBy(open, (',
    mutated: 'Map.groupBy([...open].reverse(), (',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that what earlier runs left over is sealed with nothing later',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'Map.groupBy(open, ({ day }) => isSealed(this.#read, day))',
    mutated: 'Map.groupBy(open, () => true)',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that whoever has read totals before a channel was purged can store nothing by them',
    file: 'functions/shared/store/channel-figures.ts',
    original: 'if (totals.revision > 0)',
    mutated: 'if (totals.revision < 0)',
    test: 'test/tools/channels.test.ts',
  },
  {
    safeguard: 'that a counter keeps its proof when it is sealed as it is',
    file: 'functions/shared/store/items/daily-counter.ts',
    original: 'DIRTY_DAYS_INDEX.partitionKey,\n  ]);',
    mutated: "DIRTY_DAYS_INDEX.partitionKey, 'window', 'windowFrom', 'windowThrough',\n  ]);",
    exhaustive: 'two channels of a day',
  },
  {
    safeguard: 'that sealing looks at all days which the totals may lack, not only at those on the list',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'first < from ? first : from',
    mutated: 'first < from ? from : from',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that a turn of sealing ends, and others have theirs',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'this.counters >= countersPerTurn ?',
    mutated: 'this.counters < 0 ?',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that a turn of sealing ends within a peer when time is over',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'if (outOfTime() ||',
    mutated: 'if (',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that a turn of sealing is tried again after a conflict',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original:
      'return retryOnConflict(this.#dependencies.waiting, () => this.#takeTurn(peer, last, outOfTime));',
    mutated: 'return this.#takeTurn(peer, last, outOfTime);',
    exhaustive: 'two channels of a day',
  },
  {
    safeguard: 'that a turn of sealing keeps what was settled before a conflict',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'if (this.counters === 0 || !isConflict(error)) throw error;',
    mutated: 'throw error;',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that a turn of sealing which fails keeps no other peer from theirs',
    file: 'functions/take-daily-snapshot/take-daily-snapshot.ts',
    original: 'outcome.failed += 1;',
    mutated: 'throw error;',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that figures which seem to contradict one another are read again, all of one moment',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'if (suspected.length === 0) return;',
    mutated:
      'if (suspected.length === 0) return;\n    if (suspected.length > 0) throw new InconsistentPeerError(suspected);',
    seed: 1,
  },
  {
    safeguard: 'that sealing looks at all days up to whatever is sealed',
    file: 'functions/take-daily-snapshot/peer-sealer.ts',
    original: 'sealedThrough > last ? sealedThrough : last',
    mutated: 'sealedThrough > last ? last : last',
    test: 'test/functions/take-daily-snapshot/take-daily-snapshot.test.ts',
  },
  {
    safeguard: 'that what totals hold is taken off a counter',
    file: 'functions/shared/domain/stored-usage.ts',
    original: 'totals.recent.get(counter.day)?.get(counter.channelNumber) ?? ZERO',
    mutated: 'totals.recent.get(counter.day)?.get(-1) ?? ZERO',
    exhaustive: 'two days that are sealed',
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
    seed: 1,
  },
  {
    safeguard: 'that months are of the revision that the totals name',
    file: 'functions/shared/store/usage-reader.ts',
    original: 'found.get(month)?.revision !== revision',
    mutated: 'found.get(month)?.revision === -revision',
    exhaustive: 'two days that are sealed',
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
    seed: 2,
  },
  {
    safeguard: 'that no heartbeat is noted behind a record that has to come again',
    file: 'functions/shared/counting/count-messages.ts',
    original: 'outcomes.slice(0, firstReturnedOf(outcomes))',
    mutated: 'outcomes.slice(0, outcomes.length)',
    seed: 90,
  },
  {
    safeguard: 'that of each key the newest heartbeat stays',
    file: 'functions/shared/store/expressions.ts',
    original: "ConditionExpression: conditions.join(' AND ') };",
    mutated: "ConditionExpression: conditions.map(() => 'attribute_not_exists(nowhere)').join(' AND ') };",
    test: 'test/functions/shared/counting/passing-heartbeats.test.ts',
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
    seed: 12,
  },
  {
    safeguard: 'that no request waits for the read of a key that another one began',
    file: 'functions/shared/http/authentication.ts',
    original: 'await this.#keys.read(keyId)',
    mutated:
      'await (Object(this.#keys)[keyId] ??= this.#keys.read(keyId).finally(() => delete Object(this.#keys)[keyId]))',
    seed: 2,
  },
  {
    safeguard: 'that the time of a request covers its authorization',
    file: 'functions/shared/http/http.ts',
    original: '(exchange: Exchange, { getRemainingTimeInMillis }: LambdaContext) =>\n    inTime(',
    mutated:
      'async (exchange: Exchange, { getRemainingTimeInMillis }: LambdaContext) =>\n    (await admission.admit(exchange)) && inTime(',
    seed: 17,
  },
  {
    safeguard: 'that an invocation of the stream consumer ends when its time is over',
    file: 'local/aws/stream/invocations.ts',
    original: '[fail(timeoutMs), failOnceStopped()]',
    mutated: '[failOnceStopped()]',
    seed: 2,
  },
  {
    safeguard: 'that no invocation of the stream consumer waits for the hash secret that another one reads',
    file: 'functions/shared/counting/count-messages.ts',
    original: 'await buildCounter(this.#dependencies, this.#windowRules)',
    mutated:
      'await (Object(this).making ??= buildCounter(this.#dependencies, this.#windowRules).finally(() => delete Object(this).making))',
    seed: 25,
  },
  {
    safeguard: 'the version that what people were told must have when alerts are decided',
    file: 'functions/shared/store/notified-peers.ts',
    original:
      "storing(notifiedPeerItem(peerId, notified), notifiedPeerAttributes()),\n            ifStill('version', read.version)",
    mutated:
      "storing(notifiedPeerItem(peerId, notified), notifiedPeerAttributes()),\n            { ConditionExpression: read.version > 0 ? 'attribute_exists(pk)' : 'attribute_not_exists(nothing)' }",
    test: 'test/faults/alerts.test.ts',
  },
  {
    safeguard: 'that alerts are decided by figures that are read after what people were told, as they are',
    file: 'functions/raise-alerts/peer-alerts.ts',
    original: 'consistent: true',
    mutated: 'consistent: false',
    test: 'test/functions/raise-alerts/raise-alerts.test.ts',
  },
  {
    safeguard: 'that alerts of an earlier day change nothing',
    file: 'functions/raise-alerts/peer-alerts.ts',
    original: 'state.judgedDay > day',
    mutated: "state.judgedDay > '9999-12-31'",
    test: 'test/functions/raise-alerts/raise-alerts.test.ts',
  },
  {
    safeguard: 'that alerts are raised by the newest complete day alone',
    file: 'functions/raise-alerts/raise-alerts.ts',
    original: 'announcement.day === day',
    mutated: 'announcement.day <= day',
    test: 'test/functions/raise-alerts/told.test.ts',
  },
  {
    safeguard: 'that alerts wait until counting has passed the day',
    file: 'functions/raise-alerts/raise-alerts.ts',
    original: 'return hasPassedDay(countingProgress(passed, settings.heartbeats.keys), day);',
    mutated: 'return hasPassedDay(countingProgress(passed, settings.heartbeats.keys), day) || true;',
    test: 'test/functions/raise-alerts/told.test.ts',
  },
  {
    safeguard: 'that alerts of peers that could not be judged are tried again',
    file: 'functions/shared/store/peer-sweep.ts',
    original: 'again.push(outcome.peerId)',
    mutated: 'again.slice()',
    test: 'test/functions/shared/store/peer-sweep.test.ts',
  },
  {
    safeguard: 'that a sweep for alerts notes no peer that it did not come to',
    file: 'functions/shared/store/peer-sweep.ts',
    original: "if (outcome.kind === 'left') break;",
    mutated: "if (outcome.kind === 'failed') break;",
    test: 'test/functions/shared/store/peer-sweep.test.ts',
  },
  {
    safeguard: 'that announcing looks back from where it has come by as much as a change may come late',
    file: 'functions/announce-days/announce-days.ts',
    original: 'const since = known.through - CHANGES_OVERLAP_MS;',
    mutated: 'const since = known.through;',
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
  {
    safeguard: 'that how far announcing has come is stored only after that was announced',
    file: 'functions/announce-days/announce-days.ts',
    original: 'const pass = new LanePass(known, begunAt);',
    mutated:
      'await this.#progress.raise(lane, { through: begunAt });\nconst pass = new LanePass(known, begunAt);',
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
  {
    safeguard: 'that announcing passes no peer by of which a day was not announced',
    file: 'functions/announce-days/announce-days.ts',
    original: 'this.#failed += failed;',
    mutated: 'this.#failed += failed * 0;',
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
  {
    safeguard:
      'that announcing, where a pass ended early, leaves all that changed of the peers behind its end',
    file: 'functions/announce-days/announce-days.ts',
    original: 'const since = known.through - CHANGES_OVERLAP_MS;',
    mutated: 'const since = (known.peersThrough ?? known.through) - CHANGES_OVERLAP_MS;',
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
  {
    safeguard: 'that announcing comes no further in a pass than to when that began',
    file: 'functions/announce-days/announce-days.ts',
    original: 'Math.min(last.changedAt, this.#begunAt)',
    mutated: 'last.changedAt',
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
  {
    safeguard: 'that announcing to a follower begins once',
    file: 'functions/announce-days/announce-days.ts',
    original: 'await this.#progress.raise(lane, progress);\n    return progress;',
    mutated: 'return progress;',
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
  {
    safeguard: 'that the progress of announcing never goes back',
    file: 'functions/shared/store/announcing-progress-store.ts',
    original: '...together(storing(item, PROGRESS_ATTRIBUTES), isFurther(progress)),',
    mutated:
      "...together(storing(item, PROGRESS_ATTRIBUTES), { ConditionExpression: 'attribute_not_exists(nothing)' } || isFurther(progress)),",
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
  {
    safeguard: 'that a message that SNS did not take is not taken for announced',
    file: 'functions/announce-days/days-topic.ts',
    original: '!taken.has(String(index))',
    mutated: '!taken.has(String(index)) && taken.size === 0',
    test: 'test/functions/announce-days/days-topic.test.ts',
  },
  {
    safeguard: 'that a counter which was stored first is taken back where its channel was purged meanwhile',
    file: 'functions/shared/counting/day-counting.ts',
    original: 'if (counter.version === 0) await this.#confirmOpened',
    mutated: 'if (counter.version < 0) await this.#confirmOpened',
    test: 'test/faults/removals.test.ts',
  },
  {
    safeguard: 'that erasing waits until transactions that were made before it are seen',
    file: 'tools/support/erase-peer.ts',
    original: 'await waiting.pause(UNTIL_TRANSACTIONS_ARE_SEEN_MS);',
    mutated: '',
    test: 'test/functions/shared/counting/removed-meanwhile.test.ts',
  },
  {
    safeguard: 'that a marker which a new peer of the name has made is not taken back',
    file: 'functions/shared/counting/refused-messages.ts',
    original: 'if (erased?.erasedAt !== undefined && marker.sentAt > erased.erasedAt) return;',
    mutated: '',
    test: 'test/functions/shared/counting/removed-meanwhile.test.ts',
  },
  {
    safeguard: 'that a counter of a channel that is no more proves nothing of a conversation',
    file: 'functions/shared/counting/conversation-starts.ts',
    original: 'await this.#requireNoStray(step, holder);',
    mutated: '',
    test: 'test/functions/shared/counting/removed-meanwhile.test.ts',
  },
  {
    safeguard: 'that a message which was sent before its peer was erased is refused beside a new peer',
    file: 'functions/shared/counting/message-counter.ts',
    original: 'erasedAt !== undefined && sentAt <= erasedAt;',
    mutated: 'erasedAt !== undefined && sentAt <= 0;',
    test: 'test/faults/removals.test.ts',
  },
  {
    safeguard: 'that a counter has the digest of every message in it',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'sumOfDigests([counter.digest, ...entries.map(({ digest }) => digest)])',
    mutated: 'sumOfDigests([counter.digest, ...entries.slice(1).map(({ digest }) => digest)])',
    exhaustive: 'nothing is there yet',
  },
  {
    safeguard: 'that totals and months get the digest of a late message, and of no other one again',
    file: 'functions/shared/domain/daily-counter.ts',
    original: 'withoutDigest(after.digest, known.digest)',
    mutated: 'withoutDigest(after.digest, EMPTY_DIGEST)',
    exhaustive: 'two days that are sealed',
  },
  {
    safeguard: 'that a month gets the digests of counters that join it',
    file: 'functions/shared/domain/peer-totals.ts',
    original: 'sumOfDigests([digestInMonth(month, number), ...added])',
    mutated: 'digestInMonth(month, number)',
    exhaustive: 'two channels of a day',
  },
  {
    safeguard: 'that a channel whose digest nobody can tell in a month gets none by what joins it later',
    file: 'functions/shared/domain/peer-totals.ts',
    original: 'isUsed ? digests.get(channelNumber) : EMPTY_DIGEST',
    mutated: 'isUsed ? (digests.get(channelNumber) ?? EMPTY_DIGEST) : EMPTY_DIGEST',
    test: 'test/functions/shared/domain/digests-of-totals.test.ts',
  },
  {
    safeguard: 'that a counter keeps no digest of messages that a repair has taken out of it',
    file: 'functions/shared/auditing/peer-mender.ts',
    original: 'digest === undefined || mendedMessages !== messageCount',
    mutated: 'digest === undefined || mendedMessages < -messageCount',
    test: 'test/faults/torn-restores.test.ts',
  },
  {
    safeguard: 'that a history mark is that of its conversation, and of no other',
    file: 'functions/shared/counting/fingerprints.ts',
    original: 'const parts = [conversationId, messageId, channelId, role, sentAt, until];',
    mutated: "const parts = ['', messageId, channelId, role, sentAt, until];",
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a history mark is that of its message, and of no other',
    file: 'functions/shared/counting/fingerprints.ts',
    original: 'const parts = [conversationId, messageId, channelId, role, sentAt, until];',
    mutated: "const parts = [conversationId, '', channelId, role, sentAt, until];",
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a history mark is that of its channel, and of no other',
    file: 'functions/shared/counting/fingerprints.ts',
    original: 'const parts = [conversationId, messageId, channelId, role, sentAt, until];',
    mutated: "const parts = [conversationId, messageId, '', role, sentAt, until];",
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a history mark is that of its role, and of no other',
    file: 'functions/shared/counting/fingerprints.ts',
    original: 'const parts = [conversationId, messageId, channelId, role, sentAt, until];',
    mutated: "const parts = [conversationId, messageId, channelId, '', sentAt, until];",
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a history mark is that of its instant, and of no other',
    file: 'functions/shared/counting/fingerprints.ts',
    original: 'const parts = [conversationId, messageId, channelId, role, sentAt, until];',
    mutated: 'const parts = [conversationId, messageId, channelId, role, 0, until];',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a history mark is that of its end, and of no other',
    file: 'functions/shared/counting/fingerprints.ts',
    original: 'const parts = [conversationId, messageId, channelId, role, sentAt, until];',
    mutated: 'const parts = [conversationId, messageId, channelId, role, sentAt, 0];',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a history mark is that of its peer, and of no other',
    file: 'functions/shared/counting/fingerprints.ts',
    original: "this.#derive('history', peerId)",
    mutated: "this.#derive('history', '')",
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that nothing which is given away tells the key of history marks',
    file: 'functions/shared/counting/fingerprints.ts',
    original: "this.#derive('history', peerId)",
    mutated: "this.#derive('proof', peerId)",
    test: 'test/functions/shared/counting/fingerprints.test.ts',
  },
  {
    safeguard: 'that a history mark was made by somebody who has the secret',
    file: 'functions/shared/counting/history-marks.ts',
    original: 'marks?.isMarkOf(message, mark) === true',
    mutated: 'marks !== undefined',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a history mark ends',
    file: 'functions/shared/counting/history-marks.ts',
    original: 'at <= mark.until && ',
    mutated: '',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a message of a history is kept as long as its mark holds',
    file: 'functions/shared/store/items/message.ts',
    original: 'Math.max(retentionDays, HISTORY_MARK_DAYS)',
    mutated: 'retentionDays',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that no history comes to a day without the evidence of all its figures',
    file: 'tools/support/history/history-days.ts',
    original: '!inSnapshot.every((channelNumber) => found.has(channelNumber))',
    mutated: 'inSnapshot.length < 0',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that no history comes to a day whose evidence is about to go',
    file: 'tools/support/history/history-days.ts',
    original: '!counters.every((counter) => takesHistory(counter, now))',
    mutated: 'counters.length < 0',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that what is counted on another channel is not imported',
    file: 'tools/support/history/history-recorder.ts',
    original: '!refusals.has(message) && !counted.has(message)',
    mutated: '!refusals.has(message)',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that nothing is left of a history whose peer is erased while it is imported',
    file: 'tools/support/history/history-recorder.ts',
    original: 'await this.#removeIfErased(toStore);',
    mutated: '',
    test: 'test/tools/history/history-recorder.test.ts',
  },
  {
    safeguard: 'that a counter which was stored a moment ago is not taken for one that has gone',
    file: 'functions/shared/counting/sealed-agreement.ts',
    original: 'if (counters[0] === undefined) return true;',
    mutated: 'if (counters.length > 0) return true;',
    exhaustive: 'years ago',
  },
  {
    safeguard: 'that older months are announced which may have changed',
    file: 'functions/shared/store/sealed-days.ts',
    original: 'revision > known)',
    mutated: 'revision < 0)',
    test: 'test/functions/announce-days/announce-days.test.ts',
  },
];

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    by: { type: 'string', default: '' },
  },
});
/** What the schedules and the tests below are made of, and how they are read. */
const COPIED = [
  ...['bench', 'dashboard', 'functions', 'infra', 'local', 'npm-packages', 'openapi', 'test', 'tools'],
  ...['package.json', 'tsconfig.json', 'vitest.config.ts'],
];
const TEST_CONFIG = 'test/faults/mutations.vitest.config.ts';
const UNDECLARED_ONLY = '--only=correctness/noUndeclaredVariables';
const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const print = (line: string) => process.stdout.write(`${line}\n`);

/**
 * What is run on a mutated copy, one after the other until something fails. Where the seed that the list names notices
 * nothing any more, as where schedules have changed, others may.
 */
function proofsOf(mutation: Mutation): Proof[] {
  if ('exhaustive' in mutation) {
    return [{ run: ['test/exhaustive/main.ts', '--scope', 'full', '--only', mutation.exhaustive] }];
  }
  if ('test' in mutation) {
    return [{ run: ['node_modules/vitest/vitest.mjs', 'run', '--config', TEST_CONFIG, mutation.test] }];
  }
  // A schedule goes the same way on every database, and ends soonest on this one.
  const environment = { TEST_DATABASE: 'in-memory' };
  return [
    { run: ['test/faults/main.ts', '--runs', '1', '--seed', String(mutation.seed)], environment },
    { run: ['test/faults/main.ts', '--runs', values.runs, '--seed', values.seed], environment },
  ];
}

/** A program that fails on a mutated copy. */
interface Proof {
  run: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

/** What failed. */
interface Failure {
  /** The line that tells it. */
  line: string;
  /** The schedule in which it failed, step by step, where all of a small scope are tried. */
  steps: string[];
}

/** Makes a copy of the sources, in which one file after another is mutated. */
async function copyOfSources(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'mutations-'));
  for (const path of COPIED) await cp(join(root, path), join(copy, path), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Runs the schedules on a copy with a mutated file, which is as it was afterwards; gives what failed, if something did. */
async function failureOf(mutation: Mutation, copy: string): Promise<Failure | undefined> {
  const file = join(copy, mutation.file);
  const source = await readFile(file, 'utf8');
  try {
    const pieces = source.split(mutation.original);
    if (pieces.length !== 2) {
      throw new Error(`${mutation.file} has ${pieces.length - 1} places like: ${mutation.original}`);
    }
    await writeFile(file, pieces.join(mutation.mutated));
    // What names something that is not there fails whatever is tested.
    await run(join(root, 'node_modules', '.bin', 'biome'), ['lint', UNDECLARED_ONLY, file], { cwd: copy });
    for (const proof of proofsOf(mutation)) {
      const failure = await failureIn(copy, proof);
      if (failure !== undefined) return failure;
    }
    return undefined;
  } finally {
    await writeFile(file, source);
  }
}

/** @throws whatever is no failed schedule or test, such as a syntax error: it proves nothing */
async function failureIn(copy: string, proof: Proof): Promise<Failure | undefined> {
  try {
    await run(process.execPath, proof.run, {
      cwd: copy,
      maxBuffer: 2 ** 24,
      env: { ...process.env, ...proof.environment, NO_COLOR: '1' },
    });
    return undefined;
  } catch (error) {
    const { stdout = '', stderr = '' } = Object(error);
    const output = `${stdout}\n${stderr}`;
    const line =
      /^(?:seed \d+|schedule) failed: .*$|AssertionError: .*$|^ FAIL +(?:\|\S+\| +)?\S+ > .*$/m.exec(
        output,
      )?.[0];
    if (line === undefined) throw error;
    return { line, steps: stepsBehind(line, output) };
  }
}

/** The numbered lines that follow a line. */
function stepsBehind(line: string, output: string): string[] {
  const [, ...behind] = output.slice(output.indexOf(line)).split('\n');
  const end = behind.findIndex((one) => !/^ *\d+ {2}/.test(one));
  return behind.slice(0, end);
}

function kindOf(mutation: Mutation): 'exhaustive' | 'test' | 'random' {
  if ('exhaustive' in mutation) return 'exhaustive';
  return 'test' in mutation ? 'test' : 'random';
}

/** What notices a mutation, as people read it. */
function noticedBy(mutation: Mutation): string {
  if ('exhaustive' in mutation) return `every schedule where ${mutation.exhaustive}`;
  return 'test' in mutation ? mutation.test : `the random schedule of seed ${mutation.seed}`;
}

let survivors = 0;
const chosen = MUTATIONS.filter(
  (mutation) => mutation.safeguard.includes(values.only) && kindOf(mutation).includes(values.by),
);
const copy = await copyOfSources();
try {
  for (const mutation of chosen) {
    const failure = await failureOf(mutation, copy);
    if (failure === undefined) survivors += 1;
    print(`${failure === undefined ? 'SURVIVED' : 'noticed '}  without ${mutation.safeguard}`);
    if (failure === undefined) continue;
    print(`          by ${noticedBy(mutation)}: ${failure.line.slice(0, 160)}`);
    for (const step of failure.steps) print(`          ${step}`);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
print(`${chosen.length - survivors} passed, ${survivors} failed`);
process.exitCode = survivors > 0 ? 1 : 0;
