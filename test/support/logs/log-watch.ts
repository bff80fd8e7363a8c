import { parseApiKey } from '../../../functions/shared/domain/api-key-text.ts';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';

// What a test file sends that must never be logged, and all that was logged in it. test/support/logs/check-logs.ts
// compares the two at the end of every test file.

/** The shortest text that is looked for within others; shorter ones would be found in words by chance. */
const DISTINCT_LENGTH = 6;

/** The fields of a message that are nobody's business: ids that may be personal, names and texts. */
const PRIVATE_FIELDS = new Set(['conversationId', 'messageId', 'channelName', 'label', 'text']);
/** The headers whose values are the same for everyone. */
const PLAIN_HEADERS = new Set(['content-type', 'accept-encoding']);

/** Between the quotes of two texts, JSON itself reads like this. */
const PUNCTUATION = /^[:,[\]{}]+$/;

const kept = new Set<string>();
const lines = new Set<string>();

/** Texts that no log of this test file may hold. */
export function keepOutOfLogs(texts: Iterable<string | undefined>): void {
  for (const text of texts) {
    if (text !== undefined && text !== '' && !PUNCTUATION.test(text)) kept.add(text);
  }
}

/** Keeps the secrets, the values of headers and the payload of a request out of the logs. */
export function keepRequestOutOfLogs(headers: Readonly<Record<string, string | undefined>>, body = ''): void {
  for (const [name, value = ''] of Object.entries(headers)) {
    if (PLAIN_HEADERS.has(name.toLowerCase()) || value.length < DISTINCT_LENGTH) continue;
    // Nor a key without its scheme, nor its secret alone; its id may be logged.
    const words = value.split(' ').filter((word) => word.length > DISTINCT_LENGTH);
    keepOutOfLogs([value, ...words, ...words.map((word) => parseApiKey(word)?.secret)]);
  }
  if (body.length >= DISTINCT_LENGTH) keepOutOfLogs([body, ...privateTexts(parseJson(body))]);
}

/** Something that was logged, in whatever form the log takes it. */
export function watchLog(line: unknown): void {
  if (typeof line === 'string') for (const each of line.split('\n')) lines.add(each);
  else lines.add(JSON.stringify(line, readable));
}

/** What was logged although it must not be, one sentence each. */
export function leaks(): string[] {
  const found: string[] = [];
  for (const text of kept) {
    const escaped = JSON.stringify(text).slice(1, -1);
    const needle = text.length < DISTINCT_LENGTH ? `"${escaped}"` : escaped;
    const line = [...lines].find((each) => each.includes(needle));
    if (line !== undefined) found.push(`${JSON.stringify(text)} was logged: ${line}`);
  }
  return found;
}

/** Begins anew. */
export function forgetLogs(): void {
  kept.clear();
  lines.clear();
}

/** What `JSON.stringify` alone would leave out, although a log may well show it. */
function readable(_name: string, value: unknown): unknown {
  if (value instanceof Error) {
    return { ...value, name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  }
  if (value instanceof Map || value instanceof Set) return [...value];
  return typeof value === 'bigint' ? String(value) : value;
}

function* privateTexts(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && PRIVATE_FIELDS.has(name)) yield inner;
    yield* privateTexts(inner);
  }
}
