import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

const WITHIN_MS = 60_000;
/** Enough for some thousand packages. */
const MOST_BYTES = 50_000_000;

/** How npm marks what is for development alone. */
const DEVELOPMENT = 'cdx:npm:package:development';

const packageFile = z.object({ name: z.string() });

/** CycloneDX's format, as far as it is read here. */
const sbomSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string() }) }),
  components: z.array(
    z.looseObject({
      'bom-ref': z.string(),
      name: z.string(),
      version: z.string(),
      /** The package URL. */
      purl: z.string(),
      properties: z.array(z.object({ name: z.string(), value: z.string() })),
    }),
  ),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
export type Sbom = z.infer<typeof sbomSchema>;

/**
 * All packages of a lock file as a software bill of materials, in CycloneDX's format. npm makes it of the file
 * alone, without a network. The same lock file gives the same one: what npm draws at random, or takes from
 * the clock or the name of the folder, is left out or replaced.
 *
 * @param folder with `package.json` and `package-lock.json`
 * @throws Error where npm cannot make it, or makes something else
 */
export async function sbomOf(folder: string): Promise<Sbom> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline', '--loglevel', 'error'],
    // On Windows npm is a script, which only a shell runs.
    { cwd: folder, timeout: WITHIN_MS, maxBuffer: MOST_BYTES, shell: process.platform === 'win32' },
  );
  const { name } = packageFile.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const { serialNumber: _random, metadata, components, ...sbom } = sbomSchema.parse(JSON.parse(stdout));
  const { timestamp: _now, component, ...known } = metadata;
  return {
    ...sbom,
    metadata: { ...known, component: { ...component, name } },
    // Those of this repository npm calls after their folders.
    components: components.map((one) => ({ ...one, name: nameIn(one.purl) })),
  };
}

/** The name of a package in its package URL, as in `pkg:npm/%40scope/name@1.2.3`. */
function nameIn(purl: string): string {
  return decodeURIComponent(purl.slice('pkg:npm/'.length, purl.lastIndexOf('@')));
}

/**
 * The same without packages that are for development alone. npm's own option for it, `--omit dev`, also leaves
 * out what a package for development needs besides the others, the core of the AWS SDK for example.
 */
export function withoutDevelopment(sbom: Sbom): Sbom {
  const left = sbom.components.filter(({ properties }) =>
    properties.some(({ name }) => name === DEVELOPMENT),
  );
  const refs = new Set(left.map((component) => component['bom-ref']));
  return {
    ...sbom,
    components: sbom.components.filter((component) => !refs.has(component['bom-ref'])),
    dependencies: sbom.dependencies
      .filter(({ ref }) => !refs.has(ref))
      .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => !refs.has(ref)) })),
  };
}
