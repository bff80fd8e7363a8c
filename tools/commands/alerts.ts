import { Command } from 'commander';
import type { MalformedItemError } from '../../functions/shared/domain/errors.ts';
import { parsePayload } from '../../functions/shared/domain/notification.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { ConflictError } from '../../functions/shared/store/conflict.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import type { KnownTarget } from '../../functions/shared/store/items/notification-target.ts';
import { NotificationTargets } from '../../functions/shared/store/notification-targets.ts';
import { WaitingNotifications } from '../../functions/shared/store/waiting-notifications.ts';
import { addDataOptions, type DataOptions } from '../support/data-options.ts';
import { sendTest } from '../support/send-test.ts';
import type { AwsClientOptions } from '../support/stack-data.ts';
import { addStackOptions } from '../support/stack-options.ts';
import { textTable } from '../support/text-table.ts';
import { targetsOfStage, webhooksOf } from '../support/told-targets.ts';
import { runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { withUsageTable } from '../support/usage-data.ts';

interface TestOptions {
  targets?: string;
  client?: AwsClientOptions;
  webhook?: string[];
  webhookSecret?: string;
}

/** Tests the targets of findings and reports, and looks after what they did not take. */
export function alertsCommand(context: ToolContext): Command {
  const { environment } = context;
  const alerts = new Command('npm run alerts --').description(
    'Tests who is told of findings and reports, and looks after what was not taken.',
  );
  addStackOptions(alerts.command('test'), environment)
    .description('sends every target a test that says so, and says what each answered')
    .option('--targets <json>', 'the targets, as the output NotificationTargets of a stack has them')
    .option(
      '--webhook <url>',
      'a webhook, which may be on this machine; can be repeated',
      (url, urls: string[] = []) => [...urls, url],
    )
    .option('--webhook-secret <secret>', 'what it is signed with: whsec_ and base64, or two of them')
    .action((options: TestOptions) => test(options, context));
  addDataOptions(alerts.command('list'), environment)
    .description('lists what waits, and what was given up, with the reasons')
    .action((options: DataOptions) => list(options, context));
  addDataOptions(alerts.command('retry'), environment)
    .description('lets what was given up wait again for another day, and enables targets that wanted nothing')
    .option('--target <name>', 'of this target alone')
    .action((options: DataOptions & { target?: string }) => retry(options, context));
  return alerts;
}

async function test(options: TestOptions, context: ToolContext): Promise<void> {
  const { targets, client, webhook = [], webhookSecret } = options;
  if (targets !== undefined && webhook.length > 0) {
    throw new ToolError('--webhook does not go with --stage or --targets');
  }
  if (targets === undefined && webhook.length === 0) {
    throw new ToolError('name a stage, such as --stage dev, or a webhook with --webhook');
  }
  const receivers = await (targets === undefined
    ? webhooksOf(webhook, webhookSecret, context)
    : targetsOfStage(targets, client, context));
  const answers = await sendTest(receivers, context);
  context.write(
    textTable(
      ['target', 'taken', 'answer'],
      answers.map(({ target, wasTaken, answer }) => [target, wasTaken ? 'yes' : 'no', answer]),
    ),
  );
  const failed = answers.filter(({ wasTaken }) => !wasTaken);
  if (failed.length > 0) throw new ToolError(`${failed.length} of ${answers.length} targets did not take it`);
}

async function list(options: DataOptions, { clock, write, say }: ToolContext): Promise<void> {
  await withUsageTable(options, async (table) => {
    const notifications = new WaitingNotifications(table);
    const rows: string[][] = [];
    const known = await knownTargets(table, undefined);
    for (const { name } of known) {
      const malformed = ({ message }: MalformedItemError) => {
        rows.push([name, 'cannot be read', '', '', '', '', '', message]);
      };
      for await (const one of notifications.of(name, malformed)) {
        const { peerId, id, payload, attempts, createdAt, dueAt, problem = '' } = one;
        rows.push([
          name,
          `waits until ${instant(dueAt)}`,
          kindOf(payload),
          peerId,
          id,
          String(attempts),
          instant(createdAt),
          problem,
        ]);
      }
      for (const one of await notifications.givenUp(name, malformed)) {
        const { peerId, id, payload, attempts, createdAt, givenUpAt, reason } = one;
        rows.push([
          name,
          `given up ${instant(givenUpAt)}`,
          kindOf(payload),
          peerId,
          id,
          String(attempts),
          instant(createdAt),
          reason,
        ]);
      }
    }
    for (const target of known) say(stateOf(target, clock()));
    if (rows.length === 0) say('Nothing waits, and nothing was given up.\n');
    else write(textTable(['target', 'state', 'type', 'peer', 'id', 'attempts', 'since', 'reason'], rows));
  });
}

/** What is special about a target; nothing where nothing is. */
function stateOf({ name, disabledAt, pausedUntil = 0 }: KnownTarget, now: EpochMillis): string {
  if (disabledAt !== undefined) {
    return `${name} answered on ${instant(disabledAt)} that it wants nothing any more: retry enables it.\n`;
  }
  return pausedUntil <= now ? '' : `${name} asked to be left alone until ${instant(pausedUntil)}.\n`;
}

async function retry(
  { target, ...options }: DataOptions & { target?: string },
  { clock, say }: ToolContext,
): Promise<void> {
  await withUsageTable(options, async (table) => {
    const notifications = new WaitingNotifications(table);
    const targets = new NotificationTargets(table);
    let putBack = 0;
    for (const { name, disabledAt, pausedUntil } of await knownTargets(table, target)) {
      // First of all, so that what is put back is not given up again at once.
      if (disabledAt !== undefined || pausedUntil !== undefined) await targets.enable(name);
      const malformed = ({ message }: MalformedItemError) => say(`not put back: ${message}\n`);
      for (const given of await notifications.givenUp(name, malformed)) {
        try {
          await notifications.putBack(given, clock());
          putBack += 1;
        } catch (error) {
          // Somebody else has put it back.
          if (!(error instanceof ConflictError)) throw error;
        }
      }
      if (disabledAt !== undefined) say(`${name} is told again.\n`);
    }
    say(
      putBack === 0 ? 'Nothing was given up.\n' : `${putBack} notifications wait again, for another day.\n`,
    );
  });
}

/** All targets that there ever were, or one of them. @throws ToolError where there is none of that name */
async function knownTargets(table: Table, name: string | undefined): Promise<KnownTarget[]> {
  const known = [...(await new NotificationTargets(table).all()).values()];
  if (name === undefined) return known;
  const one = known.find((each) => each.name === name);
  if (one !== undefined) return [one];
  const names = known.map((each) => each.name).join(', ');
  throw new ToolError(
    `there is no target ${name}; ${names === '' ? 'there is none yet' : `there are ${names}`}`,
  );
}

function kindOf(payload: string): string {
  try {
    return parsePayload(payload).type;
  } catch {
    return 'unreadable';
  }
}

function instant(at: EpochMillis): string {
  return new Date(at).toISOString();
}

if (import.meta.main) await runThisTool(alertsCommand);
