import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenLinks, formerWords, missingPaths, usesOf, withoutFormerColumn } from './reading.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const GLOSSARY = 'docs/glossary.md';
const README_LINES = 200;

/** What is made here, and what others wrote. */
const NOT_OURS = [
  ...read('.gitignore')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `**/${line.replace(/\/$/, '')}`),
  '.git',
  'package-lock.json',
  'LICENSE',
  'test/local/samples',
];
/** They tell what things were called, or look for it. */
const OF_THE_PAST = ['CHANGELOG.md', 'test/docs/documents.test.ts', 'test/docs/reading.ts'];
const TEXTS = new Set(
  '.ts .tsx .js .jsx .mjs .vue .md .json .jsonc .css .html .yml .yaml .py .txt .toml .grit'.split(' '),
);

/** English that is wrong for what this service tells. */
const WRONG = [
  /\bwhat (?:[\w’']+ ){0,4}(?:channels?|peers?) (?:had been|ha[sv]e been|was|were|is|are) (?:ever )?used\b(?! for)/i,
];

const documents = files('**/*.md');

describe('the documents', () => {
  test('are found', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', GLOSSARY, 'docs/operations.md']));
  });

  test.each(documents)('%s links what is there', (document) => {
    const text = read(document);
    const linked = (target: string) => {
      const path = normalize(join(dirname(document), target));
      return existsSync(join(REPOSITORY, path))
        ? { text: path.endsWith('.md') ? read(path) : '' }
        : undefined;
    };
    expect(brokenLinks(text, linked)).toEqual([]);
  });

  test.each(documents.filter((document) => !OF_THE_PAST.includes(document)))(
    '%s names files that are there',
    (document) => {
      expect(missingPaths(read(document), (path) => existsSync(join(REPOSITORY, path)))).toEqual([]);
    },
  );

  test('a newcomer reads the README in one go', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(README_LINES);
  });
});

describe('the words', () => {
  const former = formerWords(read(GLOSSARY));

  test('of the past are in the glossary', () => {
    expect(former).toEqual(
      expect.arrayContaining(['ledger', 'filed page', 'set aside', 'unsealed', 'a seal']),
    );
  });

  test('of the past are nowhere else', () => {
    const found = files('**/*', '.*', '.github/**/*', '.devcontainer/*')
      .filter((file) => TEXTS.has(extname(file)) && !OF_THE_PAST.includes(file))
      .flatMap((file) => {
        const text = file === GLOSSARY ? withoutFormerColumn(read(file)) : read(file);
        return [...former, ...WRONG].flatMap((word) =>
          usesOf(word, text).map((line) => `${file}:${line}: ${word}`),
        );
      });
    expect(found).toEqual([]);
  });
});

describe('what looks for them', () => {
  test('finds a link that leads nowhere, and an anchor that is not there', () => {
    const text =
      '[a](b.md) [c](d.md#e) [f](#g) <img src="h.png"> [i](https://example.com) [j](d.md#k-l)\n\n# G\n';
    const linked = (target: string) => (target === 'd.md' ? { text: '## K: `L`\n' } : undefined);
    expect(brokenLinks(text, linked)).toEqual(['b.md', 'd.md#e', 'h.png']);
  });

  test('tells headings of the same text apart, and takes no comment of a shell for one', () => {
    const text = '[a](#h) [b](#h-1) [c](#h-2) [d](#no)\n\n# H\n\n## H\n\n```sh\n# no\n```\n';
    expect(brokenLinks(text, () => undefined)).toEqual(['#h-2', '#no']);
  });

  test('finds a file that is not there, but takes no pattern for one', () => {
    const text = '`docs/a.md` `test/b.ts` `functions/<function>/handler.ts` `infra/*.ts` `npm run docs/c`';
    expect(missingPaths(text, (path) => path === 'docs/a.md')).toEqual(['test/b.ts']);
  });

  test.each([
    ['set aside', 'Set  aside', [1]],
    ['set aside', 'one\nit was set\naside', [2]],
    ['set aside', '/** was set\n * aside */', [1]],
    ['ledger', 'DayLedger, ledgers and LEDGER_KEY', [1, 1, 1]],
    ['stand-in', 'a stand-in, standIn', [1, 1]],
    ['a seal', 'a sealed day, a seal', [1]],
    ['stand-in', 'it stands in for another', []],
  ])('finds %j in %j', (word, text, lines) => {
    expect(usesOf(word, text)).toEqual(lines);
  });
});

function files(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: REPOSITORY, exclude: NOT_OURS, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(REPOSITORY.length + 1))
    .sort();
}

function read(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}
