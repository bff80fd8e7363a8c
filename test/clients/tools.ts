import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { installed } from './cache.ts';
import { runCommand } from './command.ts';

// What clients are generated and compiled with. All versions are those of the files in PINNED.

/** The files that say which versions of what are installed. */
export const PINNED = join(import.meta.dirname, 'pinned');

const DOWNLOADED_WITHIN_MS = 5 * 60_000;

const jar = z.object({ path: z.string(), sha256: z.string() });
type Jar = z.output<typeof jar>;

const pinnedJars = z.object({ generator: jar, libraries: z.array(jar) });
const JARS = pinnedJars.parse(JSON.parse(await readFile(join(PINNED, 'jars.json'), 'utf8')));
const MAVEN_CENTRAL = 'https://repo1.maven.org/maven2/';

/** The folder of the packages from npm, which has their `node_modules`. */
export async function npmPackages(): Promise<string> {
  const files = ['package.json', 'package-lock.json'];
  return installed({
    name: 'npm',
    versions: await textOf(files),
    registry: async () => (await runCommand('npm', ['config', 'get', 'registry'], { cwd: PINNED })).trim(),
    async install(folder) {
      for (const name of files) await copyFile(join(PINNED, name), join(folder, name));
      await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
    },
  });
}

/** The Python of a virtual environment with the packages from PyPI. */
export async function pythonWithPackages(): Promise<string> {
  const folder = await installed({
    name: 'python',
    versions:
      (await runCommand('python3', ['--version'], { cwd: PINNED })) + (await textOf(['requirements.txt'])),
    registry: () => process.env['PIP_INDEX_URL'] ?? 'https://pypi.org/simple/',
    async install(made) {
      await runCommand('python3', ['-m', 'venv', made], { cwd: made });
      const requirements = join(PINNED, 'requirements.txt');
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
      await runCommand(join(made, 'bin/python'), pip, { cwd: made });
    },
  });
  return join(folder, 'bin/python');
}

/** The jar of openapi-generator. */
export async function openApiGenerator(): Promise<string> {
  return join(await downloaded('openapi-generator', [JARS.generator]), basename(JARS.generator.path));
}

/** The folder of the jars that a generated client in Java needs. */
export async function javaLibraries(): Promise<string> {
  return downloaded('java', JARS.libraries);
}

/** Brings the modules of a generated client in Go into Go's own cache, from which they are built. */
export async function goModules(): Promise<void> {
  const files = ['go.mod', 'go.sum'];
  const cwd = PINNED;
  await installed({
    name: 'go',
    versions: (await runCommand('go', ['version'], { cwd })) + (await textOf(files)),
    async registry() {
      const [first = ''] = (await runCommand('go', ['env', 'GOPROXY'], { cwd })).trim().split(/[,|]/);
      return first.startsWith('http') ? first : 'https://proxy.golang.org/';
    },
    async install(folder) {
      for (const name of files) await copyFile(join(PINNED, name), join(folder, name));
      await runCommand('go', ['mod', 'download'], { cwd: folder, env: GO_ENVIRONMENT });
    },
  });
}

/** The Go that is there is the one that is used: it fetches no other. */
export const GO_ENVIRONMENT = { GOTOOLCHAIN: 'local', GOFLAGS: '' };

function downloaded(name: string, jars: readonly Jar[]): Promise<string> {
  return installed({
    name,
    versions: JSON.stringify(jars),
    registry: () => MAVEN_CENTRAL,
    async install(folder) {
      await mkdir(folder, { recursive: true });
      for (const one of jars) await writeFile(join(folder, basename(one.path)), await download(one));
    },
  });
}

async function download({ path, sha256 }: Jar): Promise<Uint8Array> {
  const answer = await fetch(new URL(path, MAVEN_CENTRAL), {
    signal: AbortSignal.timeout(DOWNLOADED_WITHIN_MS),
  });
  if (!answer.ok) throw new Error(`${answer.url} was answered with ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${path} is not the file that is pinned: its SHA-256 is ${found}`);
  return bytes;
}

async function textOf(names: readonly string[]): Promise<string> {
  const texts = await Promise.all(names.map((name) => readFile(join(PINNED, name), 'utf8')));
  return texts.join('\n');
}
