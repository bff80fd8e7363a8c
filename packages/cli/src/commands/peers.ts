import { Command, Option } from 'commander';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import {
  OVERVIEW_DAYS,
  OVERVIEW_SORTS,
  type OverviewAnswer,
  type OverviewSort,
  overviewAnswer,
} from '../../../../functions/shared/domain/overview.ts';
import { PEERS_LIMIT } from '../../../../functions/usage-api/peers-request.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { pageFor } from '../drawing/page.ts';
import { peersText } from '../drawing/peers-text.ts';
import { AttentionError } from '../exit-codes.ts';
import { COMPARISON_COLUMNS, comparisonCells } from '../output/comparison-cells.ts';
import {
  type OutputOptions,
  withCheckOption,
  withOutputOptions,
  writeOutput,
} from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { safeName } from '../terminal/safe-text.ts';
import { numberWithin, withExamples } from './reading-options.ts';

interface PeersOptions extends ConnectionOptions, OutputOptions {
  days: number;
  sort: OverviewSort;
  search?: string;
  limit: number;
  cursor?: string;
  check?: boolean;
}

/** Shows all peers that the key may read. */
export function peersCommand(context: CliContext): Command {
  const command = new Command('peers')
    .description('Show all peers that the key may read, those first that need attention.')
    .option(
      '--days <number>',
      'of how many complete days',
      numberWithin(OVERVIEW_DAYS),
      OVERVIEW_DAYS.default,
    )
    .addOption(new Option('--sort <order>', 'what comes first').choices(OVERVIEW_SORTS).default('attention'))
    .option('--search <text>', 'only peers with this anywhere in their ids')
    .option('--limit <number>', 'how many at most', numberWithin(PEERS_LIMIT), PEERS_LIMIT.default)
    .option('--cursor <cursor>', 'go on where a page before ended: it says with what');
  withCheckOption(command, 'a peer that is shown has a warning, or figures that are not current');
  return withExamples(withOutputOptions(command), [
    'peers',
    'peers --search support --sort change --days 7',
    'peers --check --limit 100',
  ]).action((_: PeersOptions, command: Command) => run(command.optsWithGlobals<PeersOptions>(), context));
}

async function run(options: PeersOptions, context: CliContext): Promise<void> {
  const { days, sort, search, limit, cursor, check = false } = options;
  const query = {
    ...{ days, sort, limit },
    ...(search !== undefined && { search }),
    ...(cursor !== undefined && { cursor }),
  };
  const client = await clientFor(options, context);
  const { json, value } = await answerTo(client.getOverview(query), overviewAnswer);
  const text = () => peersText(value, context.clock(), pageFor(context));
  writeOutput({ json, csv: () => csvOf(value), text }, options, context);
  if (value.cursor !== null && options.json !== true) {
    context.say(`There are more peers: go on with --cursor ${safeName(value.cursor)}\n`);
  }
  const troubled = value.peers.filter(({ warnings, trust }) => warnings > 0 || trust !== 'current').length;
  if (check && troubled > 0) {
    throw new AttentionError(troubled === 1 ? '1 peer needs attention' : `${troubled} peers need attention`);
  }
}

function csvOf({ query: { from, to }, peers }: OverviewAnswer): string {
  const columns = [
    ...['Peer', 'From', 'To'],
    ...COMPARISON_COLUMNS,
    ...['Warnings', 'Last message', 'Trust'],
  ];
  const rows = peers.map((peer): CsvCell[] => [
    ...[peer.peerId, from, to],
    ...comparisonCells(peer),
    ...[peer.warnings, peer.lastMessageAt, peer.trust],
  ]);
  return csv([columns, ...rows]);
}
