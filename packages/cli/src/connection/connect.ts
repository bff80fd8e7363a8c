import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseApiKey } from '../../../../functions/shared/domain/api-key-text.ts';
import { readIfThere } from '../../../../local/support/durable-file.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../exit-codes.ts';
import { type Profile, readProfiles } from './profiles.ts';
import { isLoopback, isServiceUrl, LOCAL_URL, serviceUrl } from './service-url.ts';

/** The options, of every command, that say which service is meant. */
export interface ConnectionOptions {
  url?: string;
  key?: string;
  profile?: string;
}

/** Which service is asked, and with which key. */
export interface Connection {
  url: string;
  key: string;
}

export const URL_VARIABLE = 'CHANNEL_USAGE_URL';
export const KEY_VARIABLE = 'CHANNEL_USAGE_API_KEY';
/** Where a local host that was started in this folder keeps the key that it made. */
const LOCAL_KEY_FILE = '.local/api-key';

/**
 * Which service is meant, and with which key it is asked. A profile that is named beats the environment, which beats the
 * profile in use; an option beats all of them. The key of a profile goes to no address but its own.
 *
 * @throws UsageError where there is no key, or what was given is none
 */
export async function connectionOf(options: ConnectionOptions, context: CliContext): Promise<Connection> {
  const { environment, say } = context;
  const profile = await profileOf(options, context);
  const isNamed = options.profile !== undefined;
  const url = options.url ?? urlOf(isNamed, profile, environment[URL_VARIABLE]);
  const key = options.key ?? (await keyFor(url, { isNamed, profile }, context));
  if (parseApiKey(key) === undefined)
    throw new UsageError('the API key is none that the service makes: one reads cua_<keyId>_<secret>');
  if (url.startsWith('http:') && !isLoopback(url)) {
    say(`warning: ${url} is not https, so that others on the way can read the API key\n`);
  }
  return { url, key };
}

/** Where the service is that the options mean, for what needs no key. @throws UsageError where what was given is none */
export async function serviceUrlOf(options: ConnectionOptions, context: CliContext): Promise<string> {
  const profile = await profileOf(options, context);
  return options.url ?? urlOf(options.profile !== undefined, profile, context.environment[URL_VARIABLE]);
}

async function profileOf({ profile: name, url, key }: ConnectionOptions, context: CliContext) {
  if (url !== undefined && key !== undefined) return undefined;
  const { current, profiles } = await readProfiles(context);
  const chosen = name ?? current;
  if (chosen === undefined) return undefined;
  const found = Object.hasOwn(profiles, chosen) ? profiles[chosen] : undefined;
  if (found === undefined && name !== undefined) {
    throw new UsageError(`there is no profile ${name}: see channel-usage profile list`);
  }
  return found;
}

function urlOf(isNamed: boolean, profile: Profile | undefined, variable = ''): string {
  if (isNamed && profile !== undefined) return profile.url;
  if (variable === '') return profile?.url ?? LOCAL_URL;
  if (!isServiceUrl(variable))
    throw new UsageError(`${URL_VARIABLE} must be a URL such as https://api.example.com`);
  return serviceUrl(variable);
}

async function keyFor(
  url: string,
  { isNamed, profile }: { isNamed: boolean; profile: Profile | undefined },
  context: CliContext,
): Promise<string> {
  const ofProfile = profile?.url === url ? profile.key : undefined;
  const variable = context.environment[KEY_VARIABLE];
  const inOrder = isNamed ? [ofProfile, variable] : [variable, ofProfile];
  const given = inOrder.find((key) => key !== undefined && key !== '');
  const key = given ?? (url === LOCAL_URL ? await localKey(context) : undefined);
  if (key !== undefined) return key;
  throw new UsageError(
    `an API key for ${url} is needed: set ${KEY_VARIABLE}, use --key, or keep one with channel-usage profile add`,
  );
}

/** The key that a local host made in the folder where the command runs, where it is this person's alone. */
async function localKey({ workingFolder }: CliContext): Promise<string | undefined> {
  const file = join(workingFolder, LOCAL_KEY_FILE);
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const { uid } = await stat(file);
  return process.getuid?.() === uid ? text.trim() : undefined;
}
