import { Command, Option } from 'commander';
import { UNSURE_SUMS, type UnsureSums } from '../../functions/shared/domain/audit/mended-totals.ts';
import { AuditLog } from '../../functions/shared/store/audit-log.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { sizeOfTable } from '../../functions/shared/store/stored-messages.ts';
import { showProgress } from '../../local/support/progress.ts';
import { jsonReport, textReport } from '../support/audit-report.ts';
import {
  type AllTablesOptions,
  addAuditTableOption,
  addDataOptions,
  type DataOptions,
} from '../support/data-options.ts';
import { operatorOf } from '../support/operator.ts';
import { parseCount, parseIdentifier } from '../support/option-values.ts';
import { PeerAudits, type Repaired } from '../support/peer-audits.ts';
import { ReadPace } from '../support/read-pace.ts';
import { addRetention, type RetentionOptions, retentionOf } from '../support/retention.ts';
import { scanEstimate } from '../support/scan-estimate.ts';
import { confirm, runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { auditTableOf, withUsageTable } from '../support/usage-data.ts';

interface AuditOptions extends DataOptions, RetentionOptions, Pick<AllTablesOptions, 'auditTable'> {
  peer?: string;
  repair?: boolean;
  withoutConversations?: boolean;
  unsureSums?: UnsureSums;
  rate: number;
  json?: boolean;
  yes?: boolean;
}

const DEFAULT_RATE = 500;

/** Compares all that is stored of figures, and mends what can be. */
export function auditCommand(context: ToolContext): Command {
  const command = new Command('npm run audit --')
    .description(
      'Compares what is stored of figures: proof of messages, daily counters, months, totals, channels and' +
        ' conversations. It says what does not agree, and since when; the exit code is then 1. It only reads, beside' +
        ' counting and sealing too; --repair mends what the proof allows, and says what it could not.',
    )
    .option('--peer <id>', 'of one peer; without it of all of them', parseIdentifier)
    .option('--repair', 'mend what differs, as far as there is proof')
    .option(
      '--without-conversations',
      'do not compare conversations, for which the whole usage table is read; nor is then mended what rests on them',
    )
    .addOption(
      new Option(
        '--unsure-sums <what>',
        'with --repair: what becomes of what totals hold beyond all months and counters, where days that are lost for' +
          ' good and counters that are lost cannot be told apart: keep it, and what is replayed may count twice, or' +
          ' drop it; without this option such a peer is left as it is',
      ).choices(UNSURE_SUMS),
    )
    .option('--rate <units>', 'the most read units a second', parseCount, DEFAULT_RATE)
    .option('--json', 'a line of JSON for each difference, and a last one with the numbers')
    .option('--yes', 'do not ask');
  const withTables = addAuditTableOption(
    addDataOptions(command, context.environment),
    '--repair needs it with --aws',
  );
  return addRetention(withTables).action((options: AuditOptions) => audit(options, context));
}

/** Says in the audit log that a repair begins. @returns what says there what was mended of a peer */
async function repairLog(
  options: AuditOptions,
  usage: Table,
  { clock, randomBytes }: ToolContext,
): Promise<Repaired> {
  const log = new AuditLog(await auditTableOf(options, usage), randomBytes);
  const by = await operatorOf(options);
  const ofPeer = options.peer === undefined ? {} : { peerId: options.peer };
  await log.add({ at: clock(), action: 'repair', phase: 'begun', by, ...ofPeer, counts: {} });
  return (peerId, counts) => log.add({ at: clock(), action: 'repair', phase: 'done', by, peerId, counts });
}

async function audit(options: AuditOptions, context: ToolContext): Promise<void> {
  const { clock, waiting, write, say, terminal } = context;
  const { peer, repair = false, withoutConversations = false, unsureSums, rate } = options;
  if (unsureSums !== undefined && !repair) throw new ToolError('--unsure-sums is for --repair');
  const retention = retentionOf(options);
  if (repair) await confirm(`Repair the figures of ${peer ?? 'all peers'}?`, context, options.yes);
  const report = (options.json === true ? jsonReport : textReport)(write);
  const summary = await withUsageTable(options, async (table) => {
    const pace = new ReadPace(rate, clock, waiting.pause);
    const repaired = repair ? await repairLog(options, table, context) : undefined;
    const audits = new PeerAudits({
      ...{ table, retention, clock, waiting, report },
      ...(repaired !== undefined && { repaired }),
      ...(unsureSums !== undefined && { unsureSums }),
      afterUse: (units) => pace.afterUse(units),
    });
    if (withoutConversations) return audits.withoutConversations(peer);
    const size = await sizeOfTable(table);
    say(
      scanEstimate(table.tableName, size, rate, {
        holds: 'items of all peers',
        because: 'the conversation markers are spread over it (--without-conversations leaves them out)',
        isConsistent: true,
      }),
    );
    const progress = showProgress('Reading', size.itemCount, terminal, say, 'items');
    return audits.withConversations(peer, progress);
  });
  report.end(summary);
  const { left, differences } = summary;
  if (repair && left > 0) throw new ToolError(`${inWords(left)} left`);
  if (!repair && differences > 0) {
    throw new ToolError(`${inWords(differences)} found; --repair mends what can be`);
  }
}

function inWords(differences: number): string {
  return differences === 1 ? '1 difference is' : `${differences} differences are`;
}

if (import.meta.main) await runThisTool(auditCommand);
