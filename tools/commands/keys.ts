import { Command } from 'commander';
import { SCOPES, type Scope } from '../../functions/shared/domain/api-key.ts';
import { makeApiKey, parseApiKey } from '../../functions/shared/domain/api-key-text.ts';
import { isShareLinkId } from '../../functions/shared/domain/share-link.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { retryOnConflict } from '../../functions/shared/store/retry-on-conflict.ts';
import { ShareLinkStore } from '../../functions/shared/store/share-link-store.ts';
import { addDataOptions, type DataOptions } from '../support/data-options.ts';
import { keyTable, shownKeys } from '../support/key-list.ts';
import { parseExpiry, parseLabel, parsePeer, parsePeers, parseScopes } from '../support/key-options.ts';
import { runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { withUsageTable } from '../support/usage-data.ts';

interface CreateOptions extends DataOptions {
  peers?: string[];
  peer?: string[];
  allPeers?: boolean;
  scopes: Scope[];
  expires?: EpochMillis;
  label?: string;
}

/** Creates, lists or revokes API keys. */
export function keysCommand(context: ToolContext): Command {
  const { clock, environment } = context;
  const keys = new Command('npm run keys --').description('Manages the API keys of Channel Usage Analytics.');
  addDataOptions(keys.command('create'), environment)
    .description('makes a key, and shows it this once')
    .option('--peers <list>', 'the peers that it may touch, separated by commas', parsePeers)
    .option('--peer <id>', 'one more peer; for ids with a comma in them', parsePeer)
    .option('--all-peers', 'it may touch every peer')
    .requiredOption('--scopes <list>', `what it may do: ${SCOPES.join(',')}`, parseScopes)
    .option('--expires <when>', 'in so many days, as 90d, or on a UTC day, as 2027-01-01', (text) =>
      parseExpiry(text, clock()),
    )
    .option('--label <text>', 'what it is for', parseLabel)
    .action((options: CreateOptions) => create(options, context));
  addDataOptions(keys.command('list'), environment)
    .description('lists the keys; their secrets are not known here')
    .option('--json', 'as JSON')
    .action((options: DataOptions & { json?: boolean }) => list(options, context));
  addDataOptions(keys.command('revoke'), environment)
    .description('revokes a key for good')
    .argument('<key-id>', 'the id that list shows: the second part of cua_<key-id>_<secret>')
    .action((keyId: string, options: DataOptions) => revoke(keyId, options, context));
  return keys;
}

async function create(options: CreateOptions, context: ToolContext): Promise<void> {
  const { clock, randomBytes, write, say } = context;
  const { scopes, expires, label } = options;
  const peers = peersOf(options);
  const grant = {
    scopes,
    peers,
    ...(expires !== undefined && { expiresAtInstant: expires }),
    ...(label !== undefined && { label }),
  };
  const { key, record } = makeApiKey(grant, clock(), randomBytes);
  const isStored = await withUsageTable(options, (table) => new ApiKeyStore(table).create(record));
  if (!isStored) throw new ToolError(`there is a key ${record.keyId} already; try again`);
  write(`${key}\n`);
  const who = peers === 'all' ? 'all peers' : peers.join(', ');
  const until = expires === undefined ? 'without an end' : `until ${new Date(expires).toISOString()}`;
  say(
    `The key ${record.keyId} allows ${scopes.join(', ')} for ${who}, ${until}.\n` +
      'Keep it now: only a hash of it is stored, so that it cannot be shown again.\n',
  );
}

function peersOf({ peers = [], peer = [], allPeers = false }: CreateOptions): 'all' | string[] {
  const named = [...new Set([...peers, ...peer])];
  if (allPeers && named.length > 0) throw new ToolError('--all-peers does not go with --peers or --peer');
  if (!allPeers && named.length === 0) {
    throw new ToolError('a key needs peers: --peers p1,p2 or --all-peers');
  }
  return allPeers ? 'all' : named;
}

async function list(
  options: DataOptions & { json?: boolean },
  { clock, write, say }: ToolContext,
): Promise<void> {
  const records = await withUsageTable(options, (table) => new ApiKeyStore(table).list());
  const keys = shownKeys(records, clock());
  if (options.json === true) write(`${JSON.stringify(keys, null, 2)}\n`);
  else if (keys.length === 0) say('There are no API keys.\n');
  else write(keyTable(keys));
}

async function revoke(idOrKey: string, options: DataOptions, context: ToolContext): Promise<void> {
  const { say } = context;
  // Whoever gives the whole key means it; and what is said about it must not hold its secret.
  const { keyId } = parseApiKey(idOrKey) ?? { keyId: idOrKey };
  const outcome = await withUsageTable(options, (table) => revokeKey(table, keyId, context));
  if (outcome === 'unknown_key')
    throw new ToolError(`there is no key ${keyId}; list shows those that there are`);
  say(
    outcome === 'already_revoked'
      ? `The key ${keyId} was revoked before.\n`
      : `The key ${keyId} is revoked: it stops working within 60 seconds.\n`,
  );
}

/** A share link is taken off the list of its peer, too. */
async function revokeKey(table: Table, keyId: string, { clock, waiting }: ToolContext) {
  const keys = new ApiKeyStore(table);
  if (!isShareLinkId(keyId)) return keys.revoke(keyId, clock());
  const link = await keys.read(keyId);
  const [peerId] = link === undefined || link.peers === 'all' ? [] : link.peers;
  if (peerId === undefined) return 'unknown_key';
  if (link?.revokedAt !== undefined) return 'already_revoked';
  await retryOnConflict(waiting, () => new ShareLinkStore(table).revoke(peerId, keyId, clock()));
  return 'revoked';
}

if (import.meta.main) await runThisTool(keysCommand);
