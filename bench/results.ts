import { cpus } from 'node:os';
import * as z from 'zod';
import { parseJson } from '../functions/shared/domain/parse-json.ts';

const INTRODUCTION = `# Measured

Written by \`npm run bench\`, which anyone can run. What is compared takes turns in the same process, on the same embedded DynamoDB, which is another process. A time stands beside a ratio only: the ratio says more of another machine than the time does. \`2.41× ±3%\` is the median over the rounds, and how far the middle half of them lies from it. Write units and read units are those that DynamoDB bills.
`;

/** A section as it was measured. */
export interface MeasuredSection {
  title: string;
  /** When, on what and at which commit it was measured: one line. */
  measuredOn: string;
  text: string;
}

/**
 * The document with sections put in: each takes the place of the one with its title, or comes last.
 *
 * @param document what was there before; empty where there was none
 * @param titles of all sections, in their order; what the document tells besides is left out
 */
export function withSections(
  document: string,
  titles: readonly string[],
  measured: readonly MeasuredSection[],
): string {
  const texts = new Map(sectionsOf(document));
  for (const { title, measuredOn, text } of measured) texts.set(title, `_${measuredOn}_\n\n${text.trim()}`);
  const sections = titles.flatMap((title) => {
    const text = texts.get(title);
    return text === undefined ? [] : [`## ${title}\n\n${text}\n`];
  });
  return [INTRODUCTION, ...sections].join('\n');
}

function sectionsOf(document: string): [title: string, text: string][] {
  return document
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      return [title, lines.join('\n').trim()];
    });
}

/**
 * The date, the machine and what ran there, in one line.
 *
 * @param packageJson the text of this repository's, which names the version of the database
 */
export function measuredOn(now: Date, commit: string, packageJson: string): string {
  const { optionalDependencies } = z
    .object({ optionalDependencies: z.object({ '@dynoxide/linux-x64': z.string() }) })
    .parse(parseJson(packageJson));
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}`;
  const database = `dynoxide ${optionalDependencies['@dynoxide/linux-x64']}`;
  return `${now.toISOString().slice(0, 10)}, ${machine}, Node.js ${process.versions.node}, ${database}, commit ${commit}`;
}
