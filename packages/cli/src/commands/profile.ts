import { Command, InvalidArgumentError } from 'commander';
import { parseApiKey } from '../../../../functions/shared/domain/api-key-text.ts';
import { csv } from '../../../../functions/shared/domain/csv.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { type Profiles, profilesFile, readProfiles, writeProfiles } from '../connection/profiles.ts';
import { LOCAL_URL } from '../connection/service-url.ts';
import { inLines, pageFor } from '../drawing/page.ts';
import { UsageError } from '../exit-codes.ts';
import { type OutputOptions, withOutputOptions, writeOutput } from '../output/output-options.ts';
import { table } from '../terminal/table.ts';
import { withExamples } from './reading-options.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Longer than every key. */
const LONGEST_INPUT = 1_024;

/** Keeps services and keys under names, in a file that nobody else may read. */
export function profileCommand(context: CliContext): Command {
  return withExamples(
    new Command('profile').description(
      'Keep addresses and API keys under names, in a file that nobody else may read.',
    ),
    [
      'profile add work --url https://usage.example.com',
      'profile add work --url https://usage.example.com < key.txt',
      'profile list',
      'profile use work',
      'profile remove work',
      'stats peer_support --profile work',
    ],
  )
    .addCommand(addCommand(context))
    .addCommand(listCommand(context))
    .addCommand(useCommand(context))
    .addCommand(removeCommand(context));
}

function addCommand(context: CliContext): Command {
  return new Command('add')
    .description(
      'Keep the address of --url and a key, which is asked for without being shown, or piped in. The first one is used from then on.',
    )
    .argument('<name>', 'what to call it', parseName)
    .action(async (name: string, _: ConnectionOptions, self: Command) => {
      const { url = LOCAL_URL, key: given } = self.optsWithGlobals<ConnectionOptions>();
      const known = await readProfiles(context);
      const key = given ?? (await keyFromPerson(url, context));
      if (parseApiKey(key) === undefined)
        throw new UsageError('this is no API key: an API key reads cua_<keyId>_<secret>');
      await writeProfiles(
        { current: known.current ?? name, profiles: { ...known.profiles, [name]: { url, key } } },
        context,
      );
      context.say(`The profile ${name} is for ${url}, in ${profilesFile(context)}\n`);
    });
}

async function keyFromPerson(url: string, context: CliContext): Promise<string> {
  const piped = context.input();
  if (piped !== undefined) return textOf(piped);
  const answer = await context.askSecretly(`API key for ${url} (it is not shown): `);
  if (answer === undefined) throw new UsageError('nobody is there to give the key: pipe it in');
  return answer.trim();
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LONGEST_INPUT) break;
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}

function listCommand(context: CliContext): Command {
  const command = new Command('list').description('List the profiles, without the secrets of their keys.');
  return withOutputOptions(command).action(async (options: OutputOptions) => {
    const { current, profiles } = await readProfiles(context);
    const rows = Object.entries(profiles).map(([name, { url, key }]) => {
      return { name, url, keyId: parseApiKey(key)?.keyId ?? '', current: name === current };
    });
    const { width, style } = pageFor(context);
    const columns = [
      { title: '', cell: (row: (typeof rows)[number]) => (row.current ? '*' : ' ') },
      { title: 'Profile', cell: (row: (typeof rows)[number]) => row.name },
      { title: 'Address', cell: (row: (typeof rows)[number]) => row.url, canShrink: true },
      { title: 'Key', cell: (row: (typeof rows)[number]) => row.keyId },
    ];
    const text = () =>
      rows.length === 0 ? 'No profiles yet.\n' : inLines(table(columns, rows, width, style));
    const cells = rows.map((row) => [row.name, row.url, row.keyId, row.current]);
    writeOutput(
      {
        json: { profiles: rows },
        csv: () => csv([['Profile', 'Address', 'Key id', 'Current'], ...cells]),
        text,
      },
      options,
      context,
    );
  });
}

function useCommand(context: CliContext): Command {
  return new Command('use')
    .description('Use a profile from now on, unless --profile says otherwise.')
    .argument('<name>', 'which one')
    .action(async (name: string) => {
      const known = await readProfiles(context);
      requireKnown(name, known);
      await writeProfiles({ ...known, current: name }, context);
      context.say(`The profile ${name} is used from now on\n`);
    });
}

function removeCommand(context: CliContext): Command {
  return new Command('remove')
    .description('Forget a profile and its key. The key stays valid: whoever runs the service revokes it.')
    .argument('<name>', 'which one')
    .action(async (name: string) => {
      const known = await readProfiles(context);
      requireKnown(name, known);
      const { [name]: _removed, ...profiles } = known.profiles;
      const current = known.current === name ? undefined : known.current;
      await writeProfiles({ profiles, ...(current !== undefined && { current }) }, context);
      context.say(`The profile ${name} is forgotten\n`);
    });
}

function requireKnown(name: string, { profiles }: Profiles): void {
  if (!Object.hasOwn(profiles, name)) {
    throw new UsageError(`there is no profile ${name}: see channel-usage profile list`);
  }
}

function parseName(text: string): string {
  if (NAME.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 64 letters, digits, dots, hyphens and underscores.');
}
