import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { REPOSITORY } from './lock-file.ts';

const versions = z.record(z.string(), z.string());
const packageFile = z
  .object({ dependencies: versions, devDependencies: versions, optionalDependencies: versions })
  .parse(JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')));
const wanted = Object.entries({
  ...packageFile.dependencies,
  ...packageFile.devDependencies,
  ...packageFile.optionalDependencies,
});

test('every package is wanted in exactly one version', () => {
  expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test.each(['@aws-sdk/', '@aws-lambda-powertools/', '@mantine/'])(
  'the packages of %s, which know one another, have one version',
  (family) => {
    // Utilities of the SDK count their versions by themselves.
    const members = wanted.filter(([name]) => name.startsWith(family) && !name.startsWith(`${family}util-`));
    expect(members.length).toBeGreaterThan(1);
    expect(new Set(members.map(([, version]) => version)).size, JSON.stringify(members)).toBe(1);
  },
);
