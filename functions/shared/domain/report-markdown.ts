import { namedBy } from './display-names.ts';
import { isolated } from './name-in-text.ts';
import type { Report } from './report.ts';
import { reportText } from './report-text.ts';

/**
 * A report as Markdown, with a table as GitHub's dialect has them. What comes from outside is escaped, and isolated
 * from the text around it.
 */
export function reportMarkdown(report: Report): string {
  const { title, peer, overview, columns, channels, notes } = reportText(report);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `# ${title}`,
    '',
    `Peer: ${nameInLine(peer)}`,
    '',
    ...overview.map(([name, fact]) => `- ${name}: ${fact}`),
    '',
    row(columns),
    row(columns.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...channels.map(({ name, figures }) => row([namedBy(name, nameInLine), ...figures])),
    '',
    ...notes.flatMap((note) => [note, '']),
  ].join('\n');
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

function nameInLine(name: string): string {
  return escaped(isolated(name.replace(/\s+/g, ' ')));
}

/** Text that means nothing to Markdown, nor to the HTML that it becomes: no addresses either. */
function escaped(text: string): string {
  return text.replace(
    /[\\`*_[\]|~#:@$&<>]|(?<=www)\./gi,
    (character) => ENTITIES.get(character) ?? `\\${character}`,
  );
}
