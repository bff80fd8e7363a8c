import { Command } from 'commander';
import { AuditLog } from '../../functions/shared/store/audit-log.ts';
import { ForgottenRegister } from '../../functions/shared/store/forgotten-register.ts';
import type { AuditEntry } from '../../functions/shared/store/items/audit-entry.ts';
import type { Forgotten } from '../../functions/shared/store/items/forgotten.ts';
import { sizeOfTable } from '../../functions/shared/store/stored-messages.ts';
import { showProgress } from '../../local/support/progress.ts';
import { RegisterApplication } from '../support/apply-register.ts';
import { type AllTablesOptions, addAllTablesOptions } from '../support/data-options.ts';
import { type ErasingDependencies, erasePeer } from '../support/erase-peer.ts';
import { forgetConversation } from '../support/forget-conversation.ts';
import { operatorOf } from '../support/operator.ts';
import { parseCount, parseIdentifier } from '../support/option-values.ts';
import {
  forgetElsewhere,
  numbersOf,
  prepareOtherPlaces,
  type Reached,
  type Subject,
  whatStays,
} from '../support/other-places.ts';
import { ReadPace } from '../support/read-pace.ts';
import { DEFAULT_REMOVAL_RATE, summaryOf } from '../support/removal.ts';
import { removeMessages } from '../support/remove-messages.ts';
import { MESSAGES_AS_THEY_ARE, scanEstimate, USAGE } from '../support/scan-estimate.ts';
import { removeFromBucket, removeFromFolder } from '../support/taken-files.ts';
import { allOf, oneConversation, onePeer } from '../support/to-forget.ts';
import { confirm, runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { type AllTables, withAllTables } from '../support/usage-data.ts';

interface ForgetOptions extends AllTablesOptions {
  peer?: string;
  conversation?: string;
  all?: boolean;
  register?: boolean;
  thorough?: boolean;
  rate: number;
  exportsBucket?: string;
  bucket?: string;
  yes?: boolean;
}

/** What forgetting works with, in one deployment. */
interface Forgetting {
  options: ForgetOptions;
  context: ToolContext;
  tables: AllTables;
  register: ForgottenRegister;
  /** Adds a line to the audit log. */
  note: (line: Pick<AuditEntry, 'action' | 'phase' | 'counts'> & { subject?: string }) => Promise<void>;
}

/** Forgets a conversation, whose counts stay; erases a peer; or does again what was done before a restore. */
export function forgetCommand(context: ToolContext): Command {
  const command = new Command('npm run forget --')
    .description(
      "Removes a conversation's stored messages, and what was quarantined of it. Its counts stay, and with them" +
        ' its pseudonym, a keyed hash: so the conversation does not count again, whatever is sent of it. A message' +
        ' that is sent again with the sentAt that it had does not count again either; with another sentAt, or' +
        ' without one, it is a new message of another day. With --all it erases a peer: its messages, evidence, figures,' +
        ' channels, names, settings, files, and the keys that are for it alone. With --register it forgets again whom' +
        ' the register names, after a restore. Stopped halfway, it is to be started again.',
    )
    .option('--peer <id>', 'whose conversation, or which peer', parseIdentifier)
    .option('--conversation <id>', 'which conversation', parseIdentifier)
    .option(
      '--thorough',
      'read the whole messages table for items of the conversation under other keys, if a program has put any',
    )
    .option('--all', 'all of the peer')
    .option('--register', 'all who were forgotten before a restore')
    .option('--rate <units>', 'the most read units a second', parseCount, DEFAULT_REMOVAL_RATE)
    .option('--exports-bucket <name>', 'the bucket of exported days and reports; goes with --aws')
    .option(
      '--bucket <name>',
      'the bucket into which Lambda puts the batches that were given up; goes with --aws',
    )
    .option('--yes', 'do not ask');
  return addAllTablesOptions(command, context.environment).action(async (options: ForgetOptions) => {
    const forget = whichOf(options);
    if (options.bucket !== undefined && options.aws !== true) throw new ToolError('--bucket needs --aws');
    await withAllTables(options, async (tables) => {
      const { clock, randomBytes } = context;
      const log = new AuditLog(tables.audit, randomBytes);
      const by = await operatorOf(options);
      const register = new ForgottenRegister(tables.audit, randomBytes);
      const note: Forgetting['note'] = (line) => log.add({ at: clock(), by, ...line });
      await forget({ options, context, tables, register, note });
    });
  });
}

/** @throws ToolError where it is not said what to forget, or more than one thing */
function whichOf({
  peer,
  conversation,
  all,
  register,
  thorough,
}: ForgetOptions): (of: Forgetting) => Promise<void> {
  if (register === true) {
    if ([peer, conversation, all, thorough].every((each) => each === undefined)) return applyRegister;
    throw new ToolError('--register stands alone: it is for all who were forgotten');
  }
  if (peer === undefined) throw new ToolError('--peer says whose conversation, or which peer; it is missing');
  if (conversation !== undefined && all === true) {
    throw new ToolError('either --conversation or --all: a conversation is forgotten, or all of a peer');
  }
  if (thorough === true && conversation === undefined) {
    throw new ToolError('--thorough goes with --conversation: all else reads whole tables anyway');
  }
  if (conversation !== undefined) return (forgetting) => forgetOne(forgetting, peer, conversation);
  if (all === true) return (forgetting) => eraseAll(forgetting, peer);
  throw new ToolError('say which --conversation, or --all for all of the peer');
}

async function forgetOne(forgetting: Forgetting, peerId: string, conversationId: string): Promise<void> {
  const { options, context, tables, register, note } = forgetting;
  const { clock, write, say } = context;
  const conversation = { peerId, conversationId };
  if (options.thorough === true) await sayEstimate(forgetting, ['messages']);
  await confirm(
    `Remove the stored messages of this conversation of ${peerId} for good?`,
    context,
    options.yes,
  );
  const hash = (await register.hashes()).ofConversation(conversation);
  await note({ action: 'forget', phase: 'begun', subject: hash, counts: {} });
  // Before anything is removed: whoever restores the tables from here on finds it on the register.
  await register.add({ kind: 'conversation', hash, at: clock(), isThrough: true });
  prepareOtherPlaces(options);
  const removed = await forgetConversation(tables, conversation, context);
  if (options.thorough === true) {
    removed.messages += await withDependencies(forgetting, 'Looking for more', (dependencies) =>
      removeMessages(dependencies, oneConversation(conversation)),
    );
  }
  const reached = await forgetElsewhere(options, tables.messages, oneConversation(conversation));
  const elsewhere = numbersOf(reached);
  await note({ action: 'forget', phase: 'done', subject: hash, counts: { ...removed, ...elsewhere } });
  write(
    `messages removed           ${removed.messages}\nquarantine entries removed ${removed.quarantined}\n`,
  );
  for (const [kind, records] of Object.entries(elsewhere)) {
    write(`${kind === 'stream' ? 'stream records emptied    ' : 'records given up removed  '} ${records}\n`);
  }
  say('Its counts stay, and its pseudonym, a keyed hash.\n');
  sayWhatStays('conversation', forgetting, reached);
}

function sayWhatStays(subject: Subject, { options, context }: Forgetting, reached: Reached): void {
  const lines = whatStays(subject, options, reached);
  if (lines.length === 0) return;
  context.say(
    `This command does not reach, and so it stays in:\n${lines.map((line) => `- ${line}\n`).join('')}`,
  );
}

async function eraseAll(forgetting: Forgetting, peerId: string): Promise<void> {
  const { options, context, register, note } = forgetting;
  const { clock, write, say } = context;
  await sayEstimate(forgetting);
  await confirm(`Erase all of ${peerId} for good, its figures too?`, context, options.yes);
  const hash = (await register.hashes()).ofPeer(peerId);
  await note({ action: 'erase', phase: 'begun', subject: hash, counts: {} });
  await register.add({ kind: 'peer', hash, at: clock(), isThrough: false });
  prepareOtherPlaces(options);
  const { removed, erasedAt } = await withDependencies(forgetting, 'Erasing', (dependencies) =>
    erasePeer(dependencies, peerId),
  );
  await register.add({ kind: 'peer', hash, at: erasedAt, isThrough: true });
  await removeFiles(options, peerId, clock());
  const reached = await forgetElsewhere(options, forgetting.tables.messages, onePeer(peerId, erasedAt));
  const counts = { ...removed, ...numbersOf(reached) };
  await note({ action: 'erase', phase: 'done', subject: hash, counts });
  write(summaryOf(counts));
  say(
    `What was sent until ${new Date(erasedAt).toISOString()} is refused; what is sent later is that of a new peer. What` +
      ' remains is a line of the audit log and an entry of the register, each with a keyed hash.\n',
  );
  sayWhatStays('peer', forgetting, reached);
}

async function removeFiles(options: ForgetOptions, peerId: string, now: number): Promise<void> {
  if (options.aws === true) {
    if (options.exportsBucket === undefined) return;
    await removeFromBucket(options.exportsBucket, options.client, peerId, now);
  } else if (options.dynamodbEndpoint === undefined) await removeFromFolder(options.data, peerId);
}

async function applyRegister(forgetting: Forgetting): Promise<void> {
  const { options, context, register, note } = forgetting;
  const entries = new Map<string, Forgotten>();
  for await (const page of register.entries()) for (const entry of page) entries.set(entry.hash, entry);
  context.say(`The register names ${entries.size} conversations and peers.\n`);
  await sayEstimate(forgetting);
  await confirm('Forget them again, wherever they are found?', context, options.yes);
  await note({ action: 'forget_again', phase: 'begun', counts: {} });
  const hashes = await register.hashes();
  prepareOtherPlaces(options);
  const removed = await withDependencies(forgetting, 'Forgetting again', (dependencies) =>
    new RegisterApplication(dependencies, { hashes, entries }).apply(),
  );
  const reached = await forgetElsewhere(options, forgetting.tables.messages, allOf(hashes, entries));
  const counts = { ...removed, ...numbersOf(reached) };
  await note({ action: 'forget_again', phase: 'done', counts });
  context.write(summaryOf(counts));
  sayWhatStays('register', forgetting, reached);
}

async function sayEstimate(
  { options, context, tables }: Forgetting,
  kinds: readonly ('messages' | 'usage')[] = ['messages', 'usage'],
): Promise<void> {
  for (const kind of kinds) {
    const size = await sizeOfTable(tables[kind]);
    context.say(
      scanEstimate(
        tables[kind].tableName,
        size,
        options.rate,
        kind === 'usage' ? USAGE : MESSAGES_AS_THEY_ARE,
      ),
    );
  }
}

async function withDependencies<Result>(
  { options, context, tables }: Forgetting,
  title: string,
  use: (dependencies: ErasingDependencies) => Promise<Result>,
): Promise<Result> {
  const { clock, waiting, randomBytes, terminal, say } = context;
  const pace = new ReadPace(options.rate, clock, waiting.pause);
  const sizes = [await sizeOfTable(tables.usage), await sizeOfTable(tables.messages)];
  const itemCount = sizes.reduce((sum, size) => sum + size.itemCount, 0);
  const progress = showProgress(title, itemCount, terminal, say, 'items');
  let examined = 0;
  const dependencies: ErasingDependencies = {
    ...{ usage: tables.usage, messages: tables.messages, clock, waiting, randomBytes },
    paced: (units) => pace.afterUse(units),
    progress: (items) => {
      examined += items;
      progress.update(examined);
    },
  };
  return use(dependencies).finally(() => progress.end());
}

if (import.meta.main) await runThisTool(forgetCommand);
