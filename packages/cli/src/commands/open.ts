import { Command } from 'commander';
import { dashboardLink } from '../../../../functions/shared/domain/dashboard-link.ts';
import { parseIdentifier } from '../../../../tools/support/option-values.ts';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionOptions, serviceUrlOf } from '../connection/connect.ts';
import { UsageError } from '../exit-codes.ts';
import { safeName } from '../terminal/safe-text.ts';
import { rangeOf, withExamples, withRange } from './reading-options.ts';

interface OpenOptions extends ConnectionOptions {
  channel?: string;
  from?: string;
  to?: string;
  print?: boolean;
}

/** Opens the dashboard. Its address holds no key: the page asks for one, and keeps it for its tab. */
export function openCommand(context: CliContext): Command {
  const command = withRange(
    new Command('open')
      .description(
        'Open the dashboard in a browser, or print its address where there is none. It asks for the key itself.',
      )
      .argument('[peer]', 'the peer that it shows', parseIdentifier)
      .option('--channel <id>', 'one channel of it', parseIdentifier),
  ).option('--print', 'only print the address');
  return withExamples(command, ['open', 'open peer_support --from 2026-11-01 --to 2026-11-15']).action(
    (peerId: string | undefined, _: OpenOptions, self: Command) =>
      run(peerId, self.optsWithGlobals<OpenOptions>(), context),
  );
}

async function run(peerId: string | undefined, options: OpenOptions, context: CliContext): Promise<void> {
  const { write, say } = context;
  const address = addressOf(peerId, options, `${await serviceUrlOf(options, context)}/`);
  const opener = options.print === true ? undefined : openerOf(context);
  if (opener === undefined || !(await context.run(opener, [address]))) write(`${safeName(address)}\n`);
  else say(`${safeName(address)} is open in the browser\n`);
}

function addressOf(peerId: string | undefined, options: OpenOptions, dashboard: string): string {
  const { from, to } = rangeOf(options);
  const { channel } = options;
  if (peerId === undefined) {
    if ([channel, from, to].some((one) => one !== undefined)) throw new UsageError('say of which peer');
    return dashboard;
  }
  if ((from === undefined) !== (to === undefined))
    throw new UsageError('the dashboard needs both --from and --to');
  return dashboardLink(dashboard, {
    peerId,
    ...(channel !== undefined && { channelId: channel }),
    ...(from !== undefined && to !== undefined && { range: { from, to } }),
  });
}

/** The program that opens an address in the person's browser; nothing where no browser can be seen. */
function openerOf({ platform, environment }: CliContext): string | undefined {
  if (platform === 'darwin') return 'open';
  if (platform === 'win32') return 'explorer.exe';
  const hasScreen = environment['DISPLAY'] !== undefined || environment['WAYLAND_DISPLAY'] !== undefined;
  return hasScreen ? 'xdg-open' : undefined;
}
