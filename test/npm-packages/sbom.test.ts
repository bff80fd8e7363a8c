import { describe, expect, test } from 'vitest';
import { sbomOf, withoutDevelopment } from '../../npm-packages/sbom.ts';
import { lockedPackages, REPOSITORY } from './lock-file.ts';

/** Names and versions, each pair once. */
function labels(packages: readonly { name: string; version: string }[]): string[] {
  return [...new Set(packages.map(({ name, version }) => `${name}@${version}`))].sort();
}

describe('the software bill of materials', () => {
  test('has every package of the lock file, with its address', async () => {
    const { components } = await sbomOf(REPOSITORY);
    expect(labels(components)).toEqual(labels(lockedPackages()));
    for (const { name, version, purl } of components) {
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    }
  });

  test('can do without the packages for development, and then misses none of the others', async () => {
    const { components, dependencies } = withoutDevelopment(await sbomOf(REPOSITORY));
    expect(labels(components)).toEqual(labels(lockedPackages().filter(({ dev }) => !dev)));
    const refs = components.map((component) => component['bom-ref']);
    const [project = ''] = dependencies.map(({ ref }) => ref).filter((ref) => !refs.includes(ref));
    expect(project).toMatch(/^channel-usage-analytics@/);
    expect(dependencies.map(({ ref }) => ref).sort()).toEqual([project, ...refs].sort());
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.includes(ref))).toEqual(
      [],
    );
  });

  test('is the same for the same lock file', async () => {
    const sbom = await sbomOf(REPOSITORY);
    expect(await sbomOf(REPOSITORY)).toEqual(sbom);
    expect(sbom).not.toHaveProperty('serialNumber');
    expect(sbom.metadata).not.toHaveProperty('timestamp');
    expect(sbom.metadata.component.name).toBe('channel-usage-analytics');
  });
});
