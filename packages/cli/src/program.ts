import { Command, Option } from 'commander';
import about from '../package.json' with { type: 'json' };
import type { CliContext } from './cli-context.ts';
import { channelsCommand } from './commands/channels.ts';
import { completionCommand } from './commands/completion.ts';
import { growthCommand } from './commands/growth.ts';
import { healthCommand } from './commands/health.ts';
import { historyCommand } from './commands/history.ts';
import { importCommand } from './commands/import.ts';
import { lookupCommand } from './commands/lookup.ts';
import { mcpCommand } from './commands/mcp.ts';
import { openCommand } from './commands/open.ts';
import { peersCommand } from './commands/peers.ts';
import { profileCommand } from './commands/profile.ts';
import { reportCommand } from './commands/report.ts';
import { shareCommand } from './commands/share.ts';
import { statsCommand } from './commands/stats.ts';
import { trustCommand } from './commands/trust.ts';
import { verifyCommand } from './commands/verify.ts';
import { KEY_VARIABLE, URL_VARIABLE } from './connection/connect.ts';
import { LOCAL_URL, parseServiceUrl } from './connection/service-url.ts';

/**
 * The commands, in the order in which help lists them. A command declares its arguments and options; what only its work
 * needs, and takes long to load, it imports when it is run.
 */
const COMMANDS: readonly ((context: CliContext) => Command)[] = [
  statsCommand,
  historyCommand,
  growthCommand,
  healthCommand,
  reportCommand,
  peersCommand,
  trustCommand,
  lookupCommand,
  importCommand,
  verifyCommand,
  shareCommand,
  channelsCommand,
  openCommand,
  mcpCommand,
  profileCommand,
  completionCommand,
];

/** The whole command line. */
export function cliProgram(context: CliContext): Command {
  const program = new Command('channel-usage')
    .description('How much each channel of an AI peer is used.')
    .version(about.version)
    .addOption(
      new Option(
        '--url <url>',
        `where the service is; also in ${URL_VARIABLE} (default: ${LOCAL_URL})`,
      ).argParser(parseServiceUrl),
    )
    .option('--key <key>', `the API key; better in ${KEY_VARIABLE} or a profile, which nobody else sees`)
    .option('--profile <name>', 'the service and key that are kept under this name')
    .addHelpText(
      'after',
      `
Exit codes:
  0 fine
  1 something needs attention, with --check; of verify, something differs
  2 the command line is wrong, or a file that it names
  3 the service refuses it
  4 the service does not answer
  70 a fault of the program itself`,
    );
  for (const command of COMMANDS) program.addCommand(command(context));
  return program;
}
