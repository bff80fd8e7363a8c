import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostProgram, temporaryFolder } from './local-host.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');

/** The local host of a repository in which npm has installed no dynoxide, as on most platforms. */
export async function hostWithoutDynoxide(): Promise<HostProgram> {
  const copy = await temporaryFolder();
  await linkAll(REPOSITORY, copy, ['node_modules']);
  await mkdir(join(copy, 'node_modules'));
  await linkAll(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'), ['@dynoxide']);
  return {
    main: join(copy, 'local/main.ts'),
    nodeOptions: ['--preserve-symlinks', '--preserve-symlinks-main'],
  };
}

async function linkAll(from: string, to: string, except: readonly string[]): Promise<void> {
  for (const name of await readdir(from)) {
    if (!except.includes(name)) await symlink(join(from, name), join(to, name));
  }
}

/**
 * A folder for the PATH that has nothing but a shell, and a Java that says this of its version.
 *
 * @param version nothing where there is no Java
 */
export async function pathWithJava(version?: string): Promise<string> {
  const folder = await temporaryFolder();
  await symlink('/bin/sh', join(folder, 'sh'));
  if (version !== undefined) {
    await writeFile(join(folder, 'java'), `#!/bin/sh\necho '${version}' >&2\n`, { mode: 0o755 });
  }
  return folder;
}
