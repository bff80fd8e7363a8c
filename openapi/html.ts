/** A piece of HTML, as opposed to text, which is not put into HTML as it is. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = Html | string | number | readonly Html[];

/** Makes HTML: what is put in is escaped, unless it is HTML itself. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(sourceOf)));
}

function sourceOf(part: Part): string {
  if (part instanceof Html) return part.source;
  if (typeof part === 'object') return part.map(({ source }) => source).join('');
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Nothing. */
export const NOTHING = new Html('');

/**
 * Makes HTML of the little Markdown that the document's descriptions use: paragraphs, lists, headings of
 * the second level, `code` and **strong** text.
 *
 * @param level the level that those headings have on the page
 */
export function markdown(text: string, level = 2): Html {
  const tag = new Html(`h${level}`);
  return html`${blocksOf(text).map((lines) => {
    const [first = ''] = lines;
    if (first.startsWith('## ')) return html`<${tag}>${inline(first.slice(3))}</${tag}>`;
    if (first.startsWith('- '))
      return html`<ul>${lines.map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`;
    return html`<p>${inline(lines.join(' '))}</p>`;
  })}`;
}

/** The lines of each block: blank lines part blocks, and a list parts from the lines around it. */
function blocksOf(text: string): string[][] {
  const blocks: string[][] = [];
  let isApart = true;
  for (const line of text.split('\n')) {
    const before = blocks.at(-1);
    const isItem = line.startsWith('- ');
    if (line === '') isApart = true;
    else if (isApart || before === undefined || before[0]?.startsWith('- ') !== isItem) blocks.push([line]);
    else before.push(line);
    isApart = line === '';
  }
  return blocks;
}

/** Text of one line, with `code` and **strong** text in it. */
export function inline(text: string): Html {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  return html`${parts.map((part) => {
    if (part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`;
    if (part.startsWith('**')) return html`<strong>${part.slice(2, -2)}</strong>`;
    return html`${part}`;
  })}`;
}
