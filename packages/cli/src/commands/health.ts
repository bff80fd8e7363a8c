import { Command } from 'commander';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import { channelOf } from '../../../../functions/shared/domain/findings/findings.ts';
import { type Health, healthAnswer } from '../../../../functions/shared/domain/health.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { healthText } from '../drawing/health-text.ts';
import { pageFor } from '../drawing/page.ts';
import { AttentionError } from '../exit-codes.ts';
import {
  type OutputOptions,
  withCheckOption,
  withOutputOptions,
  writeOutput,
} from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { withExamples, withPeer } from './reading-options.ts';

interface HealthOptions extends ConnectionOptions, OutputOptions {
  check?: boolean;
}

/** Shows which channels of a peer need attention. */
export function healthCommand(context: CliContext): Command {
  const command = withCheckOption(
    withPeer(
      new Command('health').description('Show which channels need attention, and what is good to know.'),
    ),
    'a finding is a warning',
  );
  return withExamples(withOutputOptions(command), [
    'health peer_support',
    'health peer_support --check || echo "look at the channels"',
  ]).action((peerId: string, _: HealthOptions, command: Command) =>
    run(peerId, command.optsWithGlobals<HealthOptions>(), context),
  );
}

async function run(peerId: string, options: HealthOptions, context: CliContext): Promise<void> {
  const client = await clientFor(options, context);
  const { json, value } = await answerTo(client.getHealth(peerId), healthAnswer);
  const text = () => healthText(peerId, value, pageFor(context));
  writeOutput({ json, csv: () => csvOf(value), text }, options, context);
  if (options.check === true && value.status === 'attention')
    throw new AttentionError('something needs attention');
}

function csvOf({ findings }: Health): string {
  const rows = findings.map((finding): CsvCell[] => [
    ...[finding.severity, finding.code, channelOf(finding) ?? null, finding.message],
    JSON.stringify(finding.evidence),
  ]);
  return csv([['Severity', 'Code', 'Channel id', 'Message', 'Evidence'], ...rows]);
}
