import { Command } from 'commander';
import { parseIdentifier } from '../../../../tools/support/option-values.ts';
import type { CliContext } from '../cli-context.ts';
import { withHistoryOptions } from '../history/history-options.ts';
import { withReadOptions } from '../import/import-options.ts';
import { muteSqliteWarning } from '../import/sqlite-warning.ts';
import { withOutputOptions } from '../output/output-options.ts';
import { withExamples } from './reading-options.ts';

/** Records what chat platforms exported. */
export function importCommand(context: CliContext): Command {
  const command = new Command('import')
    .description(
      'Record the messages of exports of Slack, Telegram, WhatsApp, Discord, Chatwoot, mail (mbox), ChatGPT, or of CSV and' +
        ' JSON Lines: files, folders and ZIPs. No text of a message leaves this machine. It may be stopped at any time: the' +
        ' same command goes on where it was, and done twice nothing counts twice.',
    )
    .argument('<file...>', 'what to import')
    .requiredOption('--peer <id>', 'the peer that the messages were sent to', parseIdentifier);
  withReadOptions(command)
    .option('--dry-run', 'record nothing: say what would be counted on which day, and what is refused')
    .option('--yes', 'ask nothing: what would be asked is an error')
    .option('--refused <file>', 'where to write what is refused, as JSON Lines (default: beside the state)')
    .option(
      '--state <folder>',
      'where to keep what is read until it is recorded (default: ~/.local/state/channel-usage)',
    )
    .option('--anew', 'begin anew, where an import that was stopped could go on')
    .option('--wait', 'wait until all of it is counted')
    .option('--quiet', 'show no progress');
  withOutputOptions(command, 'write JSON: what was recorded, refused and skipped, or would be');
  withExamples(command, [
    'import slack-export.zip --peer peer_support --dry-run',
    "import 'WhatsApp Chat with Ann.txt' --peer peer_support --time-zone Europe/Zurich --bot 'Harbour AI'",
    'import messages.csv --peer peer_support --map messageId=id --map sentAt=created_at --time-zone UTC',
    'import old-slack-export.zip --peer peer_support --history --stage prod',
  ]);
  return withHistoryOptions(command, context)
    .addHelpText(
      'after',
      `
Exit codes: 0 all is recorded, 1 some messages were refused (and all others are recorded), 2 wrong command line or file,
3 refused by the service, 4 the service does not answer, 130 stopped by Ctrl-C.`,
    )
    .action(async (files: string[], _: object, self: Command) => {
      muteSqliteWarning();
      const { runImport } = await import('../import/run-import.ts');
      await runImport(files, self, context);
    });
}
