import { Command } from 'commander';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { pageFor } from '../drawing/page.ts';
import { trustText } from '../drawing/trust-text.ts';
import { AttentionError } from '../exit-codes.ts';
import {
  type OutputOptions,
  withCheckOption,
  withOutputOptions,
  writeOutput,
} from '../output/output-options.ts';
import { askTrust } from '../service/stats-query.ts';
import { clientFor } from '../service/usage-client.ts';
import { withExamples, withPeer } from './reading-options.ts';

interface TrustOptions extends ConnectionOptions, OutputOptions {
  check?: boolean;
}

/** Shows how far the figures of a peer may be trusted. */
export function trustCommand(context: CliContext): Command {
  const command = withCheckOption(
    withPeer(
      new Command('trust').description('Show up to when figures are complete, and what is missing in them.'),
    ),
    'the status is not "current"',
  );
  return withExamples(withOutputOptions(command), [
    'trust peer_support',
    'trust peer_support --json | jq -r .countedThrough',
  ]).action((peerId: string, _: TrustOptions, command: Command) =>
    run(peerId, command.optsWithGlobals<TrustOptions>(), context),
  );
}

async function run(peerId: string, options: TrustOptions, context: CliContext): Promise<void> {
  const client = await clientFor(options, context);
  const { json, value } = await askTrust(client, peerId);
  const text = () => trustText(peerId, value, context.clock(), pageFor(context));
  writeOutput({ json, csv: () => csvOf(value), text }, options, context);
  if (options.check === true && value.status !== 'current') {
    throw new AttentionError(`the figures are not complete up to now: ${value.status}`);
  }
}

function csvOf({
  status,
  countedThrough,
  lagSeconds,
  firstCountedDay,
  sealedThrough,
  notCounted,
  channels,
}: Trust) {
  const rows = channels.map(({ channelId, lastMessageAt }): CsvCell[] => [
    ...[channelId, lastMessageAt ?? null, status, countedThrough, lagSeconds, firstCountedDay, sealedThrough],
    ...[notCounted.quarantined, notCounted.givenUp],
  ]);
  const columns = [
    ...['Channel id', 'Last message', 'Status', 'Counted through', 'Lag in seconds', 'First counted day'],
    ...['Sealed through', 'Quarantined', 'Given up'],
  ];
  return csv([columns, ...rows]);
}
