import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { runCommand } from './command.ts';
import { PINNED } from './tools.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const SOURCES = join(REPOSITORY, 'packages/client-python');
const MODULE = 'channel_usage_client';
const manifest = z.object({ version: z.string() });

/**
 * Generates the Python client, adds what is written by hand, and packs it.
 *
 * @param folder an empty one
 * @returns the folder with the wheel
 */
export async function packPython(interpreter: string, document: string, folder: string): Promise<string> {
  const module = join(folder, MODULE);
  const openDocument = join(folder, 'openapi.json');
  const settings = ['--config', join(PINNED, 'openapi-python-client.yaml'), '--fail-on-warning'];
  const words = [
    '-m',
    'openapi_python_client',
    'generate',
    '--path',
    openDocument,
    '--meta',
    'none',
    ...settings,
  ];
  await mkdir(folder, { recursive: true });
  await writeFile(openDocument, withOtherFindings(await readFile(document, 'utf8')));
  await runCommand(interpreter, [...words, '--output-path', module], { cwd: folder });
  await cp(join(SOURCES, 'connect.py'), join(module, 'connect.py'));
  for (const name of ['pyproject.toml', 'README.md']) await copyFile(join(SOURCES, name), join(folder, name));
  await copyFile(join(REPOSITORY, 'LICENSE'), join(folder, 'LICENSE'));
  const text = await readFile(join(REPOSITORY, 'package.json'), 'utf8');
  const { version } = manifest.parse(JSON.parse(text));
  await writeFile(join(module, 'version.py'), `__version__ = ${JSON.stringify(version)}\n`);
  const wheels = join(folder, 'wheels');
  const pip = ['-m', 'pip', 'wheel', '--quiet', '--disable-pip-version-check', '--no-deps'];
  await runCommand(interpreter, [...pip, '--no-build-isolation', '--wheel-dir', wheels, '.'], {
    cwd: folder,
  });
  return wheels;
}

const documented = z.looseObject({
  components: z.looseObject({
    schemas: z.looseObject({ Finding: z.looseObject({ oneOf: z.array(z.unknown()) }) }),
  }),
});

/** What every finding has, also one that a later version of the service adds. */
const OTHER_FINDING = {
  type: 'object',
  description:
    'A finding that this version of the client does not know; all it has is in `additional_properties`.',
  properties: { code: { type: 'string' }, severity: { type: 'string' }, message: { type: 'string' } },
  required: ['code', 'severity', 'message'],
};

/** Without this, an answer with a finding that the client does not know would be an error in Python. */
function withOtherFindings(text: string): string {
  const document = documented.parse(JSON.parse(text));
  const { schemas } = document.components;
  schemas.Finding.oneOf.push({ $ref: '#/components/schemas/OtherFinding' });
  return JSON.stringify({
    ...document,
    components: { ...document.components, schemas: { ...schemas, OtherFinding: OTHER_FINDING } },
  });
}
