import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '../functions/shared/runtime/error-text.ts';
import { startTestDatabase } from '../test/support/database/database.ts';
import { type MeasuredSection, measuredOn, withSections } from './results.ts';
import type { Section } from './sections/section.ts';
import { SECTIONS } from './sections/sections.ts';

// npm run bench: measures what the service does beside what would be used instead, and writes bench/RESULTS.md.
// npm run bench -- --only counting,recording: measures these alone, and leaves the other sections as they are.
// npm run bench -- --quick: runs everything in seconds, with figures that say nothing, and writes to the terminal.

const REPOSITORY = join(import.meta.dirname, '..');
const RESULTS = join(import.meta.dirname, 'RESULTS.md');

/**
 * The sections that are asked for.
 *
 * @param only their names, with commas between them; all where it is left out
 * @throws Error that names what there is no section for
 */
function chosenSections(only: string | undefined): readonly Section[] {
  if (only === undefined) return SECTIONS;
  return only.split(',').map((name) => {
    const section = SECTIONS.find((each) => each.name === name);
    if (section !== undefined) return section;
    const names = SECTIONS.map((each) => each.name).join(', ');
    throw new Error(`--only: there is no section "${name}"; there are ${names}`);
  });
}

function commitNow(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: REPOSITORY, encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', '.', ':!bench/RESULTS.md') !== '';
  return `${git('rev-parse', '--short=7', 'HEAD')}${isChanged ? ' with changes' : ''}`;
}

function storedResults(): string {
  return existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '';
}

async function measure(section: Section, isQuick: boolean): Promise<string> {
  process.stderr.write(`${section.title}\n`);
  const database = await startTestDatabase();
  try {
    return await section.run({ database, isQuick });
  } finally {
    await database.stop();
  }
}

try {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
  });
  const packageJson = readFileSync(join(REPOSITORY, 'package.json'), 'utf8');
  const titles = SECTIONS.map(({ title }) => title);
  const measured: MeasuredSection[] = [];
  for (const section of chosenSections(values.only)) {
    const begun = measuredOn(new Date(), commitNow(), packageJson);
    const one = { title: section.title, measuredOn: begun, text: await measure(section, values.quick) };
    measured.push(one);
    // Each is kept as soon as it is measured, whatever becomes of the next one.
    if (!values.quick) writeFileSync(RESULTS, withSections(storedResults(), titles, [one]));
  }
  process.stdout.write(withSections('', titles, measured));
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`);
  process.exitCode = 1;
}
