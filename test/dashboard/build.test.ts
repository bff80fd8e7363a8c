import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { BUILD_FOLDER, EMBED_SCRIPT, SERVED } from '../../dashboard/build/build-folder.ts';

describe('what is built', () => {
  let page: string;
  let files: Map<string, string>;

  beforeAll(async () => {
    const served = join(BUILD_FOLDER, SERVED);
    page = await readFile(join(served, 'index.html'), 'utf8');
    const names = (await readdir(served, { recursive: true })).filter((name) => name.endsWith('.gz'));
    files = new Map();
    for (const name of names) {
      files.set(name.replace(/\.gz$/, ''), gunzipSync(await readFile(join(served, name))).toString('utf8'));
    }
  });

  const namesOf = (kind: string) => [...files.keys()].filter((name) => name.endsWith(kind));

  test('is a page whose scripts and styles are files of its origin, with a hash in their names', () => {
    const loaded = [...page.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]*)"/g)].map(([, url]) => url);
    expect(loaded).toContainEqual(expect.stringMatching(/^\.\/assets\/[\w-]+-[\w-]{8}\.js$/));
    expect(
      loaded.filter((url = '') => !/^(\.\/assets\/[\w-]+-[\w-]{8}\.(js|css)|data:,)$/.test(url)),
    ).toEqual([]);
  });

  test('is there before its charts with at most 200 KB', async () => {
    const loaded = [...page.matchAll(/ (?:src|href)="\.\/(assets\/[^"]*)"/g)].map(([, name = '']) => name);
    expect(loaded.length).toBeGreaterThanOrEqual(2);
    const compressed = await Promise.all(
      loaded.map((name) => readFile(join(BUILD_FOLDER, SERVED, `${name}.gz`))),
    );
    const bytes = compressed.reduce((sum, { length }) => sum + length, page.length);
    expect(bytes).toBeLessThanOrEqual(200_000);
  });

  test('is a page that a strict content security policy lets be', () => {
    expect(page).toContain('<meta name="csp-nonce" content="__CSP_NONCE__" />');
    expect(page).not.toMatch(/<style|<script>|<script(?![^>]* src=)| style=| on\w+=|javascript:/i);
  });

  test('makes no code of text', () => {
    // How some libraries look for the global object where there is no `self`, which no browser lacks.
    const making = /\beval\(|\bFunction\((?!`return this`\))/;
    expect(namesOf('.js').filter((name) => making.test(files.get(name) ?? ''))).toEqual([]);
  });

  test('loads nothing from elsewhere', () => {
    const loading = [...files].filter(([, text]) =>
      /@import\b|url\(["']?(?!data:|#)|\bimport\(["'`]\w+:|(?:src|href)=["']?(?:\w+:)?\/\//.test(text),
    );
    expect(loading.map(([name]) => name)).toEqual([]);
  });

  test('has one classic script for the pages of others', () => {
    const text = files.get(EMBED_SCRIPT) ?? '';
    expect(() => new Script(text)).not.toThrow();
    expect(text).toContain('channel-usage');
    expect(text).not.toMatch(/\bimport\(/);
  });
});
