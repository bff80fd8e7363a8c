import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { parseApiKey } from '../../../../functions/shared/domain/api-key-text.ts';
import { parseJson } from '../../../../functions/shared/domain/parse-json.ts';
import { systemCode } from '../../../../functions/shared/runtime/error-text.ts';
import { readIfThere, writeDurably } from '../../../../local/support/durable-file.ts';
import { makeFolder } from '../../../../local/support/owner-alone.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../exit-codes.ts';
import { isServiceUrl } from './service-url.ts';

/** A service, and the key for it, under a name. */
export interface Profile {
  url: string;
  key: string;
}

const profiles = z.object({
  /** The name of the one that is used unless another one is asked for. */
  current: z.exactOptional(z.string()),
  profiles: z.record(
    z.string(),
    z.object({
      url: z.string().check(z.refine(isServiceUrl)),
      key: z.string().check(z.refine((text) => parseApiKey(text) !== undefined)),
    }),
  ),
});
export type Profiles = z.output<typeof profiles>;

const OTHERS = 0o077;

/** Where profiles are kept: in the folder that the system has for the settings of programs. */
export function profilesFile({ environment, home, platform }: CliContext): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: windows } = environment;
  const folder =
    xdg !== undefined && xdg !== ''
      ? xdg
      : platform === 'win32' && windows !== undefined && windows !== ''
        ? windows
        : join(home, '.config');
  return join(folder, 'channel-usage', 'profiles.json');
}

/**
 * The profiles of the person; none where there is no file.
 *
 * @throws UsageError where the file is none of profiles, or others may read it: there are keys in it
 */
export async function readProfiles(context: CliContext): Promise<Profiles> {
  const file = profilesFile(context);
  const text = await readIfThere(file);
  if (text === undefined) return { profiles: {} };
  await requireOwnerAlone(file, context);
  const result = profiles.safeParse(parseJson(text));
  if (!result.success) throw new UsageError(`${file} holds no profiles; mend or delete it`);
  return result.data;
}

/** Replaces the profiles, in a file that nobody but its owner may read. @throws HostError where that fails */
export async function writeProfiles(changed: Profiles, context: CliContext): Promise<void> {
  const file = profilesFile(context);
  await makeFolder(dirname(file));
  await writeDurably(file, `${JSON.stringify(changed, null, 2)}\n`);
}

async function requireOwnerAlone(file: string, { platform }: CliContext): Promise<void> {
  // There the folder of a person's settings is closed to others, and files have no such mode.
  if (platform === 'win32') return;
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS) === 0) return;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  throw new UsageError(`others may read the keys in ${file}: run chmod 600 ${file}`);
}
