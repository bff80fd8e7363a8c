import { ALL_FINDINGS } from './findings.ts';

// What the API description says of all findings together.

/** Where each is found, as the lines of a list. Those that are found in parts of the same share a line. */
export function whereFound(): string[] {
  const lines = Map.groupBy(ALL_FINDINGS, ({ where }) => where.of ?? where.is);
  return [...lines.values()].map((alike) => {
    const codes = alike.map(({ code }) => `\`${code}\``).join(', ');
    const conditions = alike.map(({ where }) => where.is).join(', or ');
    const of = alike[0]?.where.of;
    return `- ${codes}: ${conditions}${of === undefined ? '' : `${alike.length > 1 ? ',' : ''} ${of}`}`;
  });
}

/** In which order they are answered. */
export function orderInWords(): string {
  const namesOf = (wanted: 'warning' | 'info') =>
    ALL_FINDINGS.filter(({ severity }) => severity === wanted).map(({ shortName }) => shortName);
  const infos = namesOf('info');
  const listed = [infos.slice(0, -1).join(', '), infos.at(-1)].filter(Boolean).join(' and ');
  return `Warnings first: by \`code\`, in the order ${namesOf('warning').join(', ')}; then ${listed}.`;
}
