import { globSync } from 'node:fs';
import { copyFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { runCommand } from './command.ts';
import { channelUsageClient, channelUsageClientForPython } from './packaged-clients.ts';
import type { Place } from './place.ts';
import {
  GO_ENVIRONMENT,
  goModules,
  javaLibraries,
  npmPackages,
  openApiGenerator,
  PINNED,
  pythonWithPackages,
} from './tools.ts';

const PROGRAMS = join(import.meta.dirname, 'programs');

/** A check of the OpenAPI document by what others make of it. */
export interface Check {
  name: string;
  /**
   * Installs what it needs, generates a client and compiles it, and runs a program that uses it.
   *
   * @returns what the program wrote; nothing where none is run
   * @throws RegistryUnreachableError, CommandError
   */
  run: (place: Place) => Promise<string | undefined>;
}

/** Every check, in the order in which they are done. */
export const CHECKS: readonly Check[] = [
  { name: 'the rules of Spectral for OpenAPI', run: lint },
  { name: 'openapi-typescript with openapi-fetch', run: openApiTypeScript },
  { name: 'hey-api', run: heyApi },
  { name: 'openapi-generator for typescript-fetch (compiled only)', run: typeScriptFetch },
  { name: 'openapi-generator for Go', run: go },
  { name: 'openapi-generator for Java', run: java },
  { name: 'openapi-generator for Python', run: python },
  { name: 'openapi-python-client', run: openApiPythonClient },
  { name: '@channel-usage/client, packed', run: channelUsageClient },
  { name: 'channel-usage-client for Python, packed', run: channelUsageClientForPython },
];

async function lint({ document, folder }: Place): Promise<undefined> {
  const packages = await npmPackages();
  const rules = ['--ruleset', join(PINNED, 'spectral.yaml'), '--fail-severity', 'hint'];
  await runCommand(programOf(packages, 'spectral'), ['lint', ...rules, document], { cwd: folder });
}

async function openApiTypeScript({ document, folder, env }: Place): Promise<string> {
  const packages = await npmPackages();
  const words = [document, '--output', join(folder, 'generated/schema.ts')];
  await runCommand(programOf(packages, 'openapi-typescript'), words, { cwd: folder });
  await compileTypeScript(packages, folder, 'openapi-fetch.ts');
  return runTypeScript(folder, 'openapi-fetch.ts', env);
}

async function heyApi({ document, folder, env }: Place): Promise<string> {
  const packages = await npmPackages();
  const words = ['--input', document, '--output', join(folder, 'generated'), '--no-log-file'];
  await runCommand(programOf(packages, 'openapi-ts'), words, { cwd: folder });
  await compileTypeScript(packages, folder, 'hey-api.ts');
  return runTypeScript(folder, 'hey-api.ts', env);
}

async function typeScriptFetch(place: Place): Promise<undefined> {
  const packages = await npmPackages();
  await generate(place, 'typescript-fetch', join(place.folder, 'generated'));
  await compileTypeScript(packages, place.folder);
}

async function go(place: Place): Promise<string> {
  const { folder, env } = place;
  const generated = join(folder, 'generated');
  await generate(place, 'go', generated, '--package-name', 'generated');
  await goModules();
  // It is a package of the program's module, which names what it needs.
  for (const name of ['go.mod', 'go.sum']) {
    await rm(join(generated, name), { force: true });
    await copyFile(join(PINNED, name), join(folder, name));
  }
  await copyFile(join(PROGRAMS, 'main.go'), join(folder, 'main.go'));
  await runCommand('go', ['vet', './...'], { cwd: folder, env: GO_ENVIRONMENT });
  return runCommand('go', ['run', '.'], { cwd: folder, env: { ...env, ...GO_ENVIRONMENT } });
}

async function java(place: Place): Promise<string> {
  const { folder, env } = place;
  const libraries = join(await javaLibraries(), '*');
  const names = 'invokerPackage=generated,apiPackage=generated.api,modelPackage=generated.model';
  const generated = join(folder, 'generated');
  await generate(place, 'java', generated, '--additional-properties', names);
  const classes = join(folder, 'classes');
  const sources = globSync(join(generated, '**/*.java'));
  const words = ['-d', classes, '-cp', libraries, join(PROGRAMS, 'Main.java'), ...sources];
  await runCommand('javac', words, { cwd: folder });
  return runCommand('java', ['-cp', `${classes}:${libraries}`, 'Main'], { cwd: folder, env });
}

async function python(place: Place): Promise<string> {
  const interpreter = await pythonWithPackages();
  await generate(place, 'python', place.folder, '--package-name', 'generated');
  return runPython(interpreter, place, 'openapi_generator.py');
}

async function openApiPythonClient(place: Place): Promise<string> {
  const { document, folder } = place;
  const interpreter = await pythonWithPackages();
  const output = ['--meta', 'none', '--output-path', join(folder, 'generated')];
  const settings = ['--config', join(PINNED, 'openapi-python-client.yaml'), '--fail-on-warning'];
  const words = ['-m', 'openapi_python_client', 'generate', '--path', document, ...output, ...settings];
  await runCommand(interpreter, words, { cwd: folder });
  return runPython(interpreter, place, 'openapi_python_client.py');
}

function programOf(packages: string, name: string): string {
  return join(packages, 'node_modules/.bin', name);
}

/** Compiles what was generated, and a program with it. */
async function compileTypeScript(packages: string, folder: string, program?: string): Promise<void> {
  await symlink(join(packages, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(PINNED, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  if (program !== undefined) await copyFile(join(PROGRAMS, program), join(folder, program));
  await runCommand(programOf(packages, 'tsc'), ['--project', folder], { cwd: folder });
}

async function runTypeScript(folder: string, program: string, env: Place['env']): Promise<string> {
  const outfile = join(folder, 'program.mjs');
  await build({
    entryPoints: [join(folder, program)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return runCommand(process.execPath, [outfile], { cwd: folder, env });
}

/** Compiles all that was generated, as importing does for what is used, and runs a program with it. */
async function runPython(interpreter: string, { folder, env }: Place, program: string): Promise<string> {
  await copyFile(join(PROGRAMS, program), join(folder, program));
  await runCommand(interpreter, ['-m', 'compileall', '-q', 'generated'], { cwd: folder });
  return runCommand(interpreter, [program], { cwd: folder, env });
}

async function generate(
  { document, folder }: Place,
  generator: string,
  output: string,
  ...more: string[]
): Promise<void> {
  const jar = await openApiGenerator();
  const clientAlone = ['--global-property', 'apiDocs=false,modelDocs=false,apiTests=false,modelTests=false'];
  const words = ['generate', '-i', document, '-g', generator, '-o', output, ...clientAlone, ...more];
  await runCommand('java', ['-jar', jar, ...words], { cwd: folder });
}
