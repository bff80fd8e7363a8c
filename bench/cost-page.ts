import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costCommand } from '../tools/commands/cost.ts';
import { runTool } from '../tools/support/tool.ts';

// npm run bench:cost-page: puts into docs/cost.md what its commands print, after something has become cheaper or dearer.

const PAGE = join(import.meta.dirname, '../docs/cost.md');
const SHOWN = /(```sh\nnpm run -s cost -- (.*)\n```\n\n```text\n)[^`]*```/g;

/** What the page shows that npm run cost was asked, and the page with what it answers. */
export async function costPage(): Promise<{ text: string; asked: string[]; answered: string }> {
  const text = readFileSync(PAGE, 'utf8');
  const asked = [...text.matchAll(SHOWN)].map(([, , options = '']) => options);
  const printed = new Map<string, string>();
  for (const options of asked) printed.set(options, await printedBy(options.split(' ')));
  const answered = text.replace(SHOWN, (_, above: string, options: string) => {
    return `${above}${printed.get(options)}\`\`\``;
  });
  return { text, asked, answered };
}

async function printedBy(options: readonly string[]): Promise<string> {
  let [printed, said] = ['', ''];
  const context = {
    write: (text: string) => {
      printed += text;
    },
    say: (text: string) => {
      said += text;
    },
  };
  const exitCode = await runTool(costCommand(context), options, context);
  if (exitCode !== 0) throw new Error(said);
  return printed;
}

if (import.meta.main) writeFileSync(PAGE, (await costPage()).answered);
