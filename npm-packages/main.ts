import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sbomOf, withoutDevelopment } from './sbom.ts';

// npm run sbom: writes what scanners read about the packages of the lock file.

const REPOSITORY = join(import.meta.dirname, '..');
const FOLDER = join(import.meta.dirname, 'dist');

const all = await sbomOf(REPOSITORY);
const production = withoutDevelopment(all);
await mkdir(FOLDER, { recursive: true });
await write('sbom.cdx.json', asText(all), `all ${all.components.length} packages of the lock file`);
await write(
  'sbom-production.cdx.json',
  asText(production),
  `those ${production.components.length} that are not for development alone`,
);
const addresses = all.components.map(({ purl }) => `${purl}\n`).join('');
await write('packages.txt', addresses, 'the package URLs of all, one a line');

async function write(name: string, text: string, what: string): Promise<void> {
  await writeFile(join(FOLDER, name), text);
  process.stdout.write(`npm-packages/dist/${name}: ${what}\n`);
}

function asText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
