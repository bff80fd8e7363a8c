/**
 * The links of a document that lead nowhere: to a file that is not there, or to a heading that is not there.
 * Links to other sites are not followed.
 *
 * @param linked gives the text of a linked document, an empty one of any other file, and nothing where there
 *   is no file at the path, which is relative to the document
 */
export function brokenLinks(
  document: string,
  linked: (path: string) => { text: string } | undefined,
): string[] {
  const prose = withoutCode(document);
  const targets = [
    ...[...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target),
    ...[...prose.matchAll(/<(?:img|a)\b[^>]*\b(?:src|href)="([^"]*)"/g)].map(([, target = '']) => target),
  ];
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? { text: document } : linked(path);
    return file === undefined || (anchor !== undefined && !anchorsOf(file.text).has(anchor));
  });
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(document).matchAll(/^#{1,6} +(.*)$/gm)) {
    const words = heading.replace(/\]\([^)]*\)/g, ']').toLowerCase();
    const anchor = words
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let name = anchor;
    for (let repetition = 1; anchors.has(name); repetition += 1) name = `${anchor}-${repetition}`;
    anchors.add(name);
  }
  return anchors;
}

const IN_THE_REPOSITORY =
  /^(\.ci|\.github|\.devcontainer|bench|dashboard|docs|examples|functions|infra|lint-rules|local|openapi|test|tools)\/[\w./-]+$/;

/**
 * The files and folders of the repository that a document names in `code`, and that are not there. What
 * stands for many files, such as `functions/<function>`, is no name.
 */
export function missingPaths(document: string, exists: (path: string) => boolean): string[] {
  const named = [...withoutFences(document).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return named.filter((name) => IN_THE_REPOSITORY.test(name) && !exists(name));
}

/** The words in the last column of the glossary's tables. */
export function formerWords(glossary: string): string[] {
  return glossary
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((row) => [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));
}

/** The glossary without that column. */
export function withoutFormerColumn(glossary: string): string {
  return glossary.replace(/^(\| .*\|)[^|]*\|$/gm, '$1');
}

/**
 * The lines on which a word is used, from 1 on. A word of one part is found within others too (`ledger` in
 * `DayLedger`). One of several parts is found whole, as a plural, across two lines and in the names of code
 * (`set aside` in `setAside`), but `a seal` is not in `a sealed day`.
 */
export function usesOf(word: string | RegExp, text: string): number[] {
  const pattern = typeof word === 'string' ? patternOf(word) : new RegExp(word, `${word.flags}g`);
  return [...text.matchAll(pattern)].map(({ index }) => text.slice(0, index).split('\n').length);
}

/** What may stand for a space: what is white, what begins the lines of a comment, and nothing in names. */
const SPACE = '(?:[\\s_-]|\\n\\s*(?:\\*|//|#))*';

function patternOf(word: string): RegExp {
  const escaped = word.replace(/[^\w\s-]/g, '\\$&');
  if (/^\S+$/.test(word) && !word.includes('-')) return new RegExp(escaped, 'gi');
  return new RegExp(`\\b${escaped.replaceAll('-', '-?').replace(/\s+/g, SPACE)}s?\\b`, 'gi');
}

/** What stands in the fences of a language, each with its last line feed. */
export function fencesOf(document: string, language: string): string[] {
  return [...document.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , code = '']) => code);
}

function withoutFences(document: string): string {
  return document.replace(/^( *)```[^\n]*\n[\s\S]*?^\1```$/gm, '');
}

function withoutCode(document: string): string {
  return withoutFences(document).replace(/`[^`\n]*`/g, '');
}
