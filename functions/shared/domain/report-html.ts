import { namedBy } from './display-names.ts';
import { shownName } from './name-in-text.ts';
import type { Report } from './report.ts';
import { reportText } from './report-text.ts';

/** The page's style sheet, without which it needs nothing. */
export const REPORT_STYLE = `
@page { margin: 15mm; }
body { margin: 2rem auto; max-width: 50rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.5rem; border-bottom: 1px solid #8888; text-align: right; vertical-align: top; }
th:first-child { width: 35%; text-align: left; overflow-wrap: anywhere; }
tbody th { font-weight: normal; }
footer { font-size: 0.875rem; }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 9pt; line-height: 1.3; }
  th, td { padding: 2pt 4pt; }
  tr { break-inside: avoid; }
}
`;

/**
 * A report as a page that loads nothing, and prints on one sheet with up to about thirty channels. What comes from
 * outside is escaped, and isolated from the text around it.
 */
export function reportHtml(report: Report): string {
  const { title, peer, overview, columns, channels, notes } = reportText(report);
  const facts = [
    `<dt>Peer</dt><dd>${isolatedName(peer)}</dd>\n`,
    ...overview.map(([name, fact]) => `<dt>${escaped(name)}</dt><dd>${escaped(fact)}</dd>\n`),
  ].join('');
  const headings = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('');
  const rows = channels
    .map(({ name, figures }) => {
      const cells = figures.map((text) => `<td>${escaped(text)}</td>`).join('');
      return `<tr><th scope="row">${namedBy(name, isolatedName)}</th>${cells}</tr>\n`;
    })
    .join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<dl>
${facts}</dl>
<table>
<thead><tr>${headings}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</main>
<footer>
${notes.map((note) => `<p>${escaped(note)}</p>\n`).join('')}</footer>
</body>
</html>
`;
}

function isolatedName(name: string): string {
  return `<bdi>${escaped(shownName(name))}</bdi>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
