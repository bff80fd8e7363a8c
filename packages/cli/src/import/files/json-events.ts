import { Tokenizer, TokenType } from '@streamparser/json';
import { ExportError } from '../import-errors.ts';
import { MOST_BYTES_AT_ONCE, TOO_LONG } from './lines.ts';

/** What JSON holds. A whole number that a Number cannot hold exactly is the text of its digits. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Keys and indices, from the root. */
export type JsonPath = readonly (string | number)[];

/**
 * What a reader of JSON is told, in the order of the file: that it enters something, what a thing within something that
 * it entered is, that it passes by one, and that what it entered ends.
 */
export type JsonEvent =
  | { kind: 'enter' | 'pass' | 'end'; path: JsonPath }
  | { kind: 'value'; path: JsonPath; value: Json };

/** Which parts of JSON are wanted. */
export interface JsonPlan {
  /** Whether to go into an object or a list, and tell of what is in it; asked of the root first. */
  enter(path: JsonPath): boolean;
  /** Whether to read another one, as a whole. What is neither is passed by. */
  read(path: JsonPath): boolean;
  /** Keys whose values are never kept, such as those of texts. */
  drop: ReadonlySet<string>;
}

interface Frame {
  isList: boolean;
  mode: 'entered' | 'read' | 'passed';
  /** What is read so far. */
  value: Json[] | { [key: string]: Json };
  /** Of an object, the key of what comes next; of a list, its index. */
  key: string | number;
  /** At which byte it began. */
  begin: number;
}

/** What may come next: the order of commas and colons, which the library leaves to its user. */
type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

const WHOLE_NUMBER = /^-?\d+$/;

/** A tokenizer that keeps the digits of the number that it read last. */
class ExactTokenizer extends Tokenizer {
  digits = '';

  protected override parseNumber(digits: string): number {
    this.digits = digits;
    return Number(digits);
  }
}

const NO_JSON = 'behind this it is no JSON';
const NOT_WHOLE = 'the file is not whole: it ends behind this';
const TOO_LONG_VALUE = `a value that begins about here ${TOO_LONG}`;

class NotJsonError extends Error {
  override name = 'NotJsonError';
}

class JsonReader {
  readonly #tokenizer = new ExactTokenizer();
  readonly #plan: JsonPlan;
  readonly #frames: Frame[] = [];
  #expected: Expected = 'value';
  #events: JsonEvent[] = [];
  #written = 0;
  /** Where the last token was. */
  offset = 0;

  constructor(plan: JsonPlan) {
    this.#plan = plan;
    this.#tokenizer.onToken = ({ token, value, offset }) => {
      this.offset = offset;
      this.#take(token, typeof value === 'number' ? this.#exact(value) : value);
    };
  }

  /** What became known since this was asked last. */
  told(): JsonEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  write(bytes: Uint8Array): void {
    this.#tokenizer.write(bytes);
    this.#written += bytes.length;
    if (this.#written - this.offset > MOST_BYTES_AT_ONCE) throw new NotJsonError(TOO_LONG_VALUE);
  }

  end(): void {
    try {
      if (!this.#tokenizer.isEnded) this.#tokenizer.end();
    } catch (error) {
      throw new NotJsonError(NOT_WHOLE, { cause: error });
    }
    if (this.#expected !== 'nothing') throw new NotJsonError(NOT_WHOLE);
  }

  #exact(value: number): string | number {
    const { digits } = this.#tokenizer;
    return Number.isSafeInteger(value) || !WHOLE_NUMBER.test(digits) ? value : digits;
  }

  #take(token: TokenType, value: Json | undefined): void {
    if (token === TokenType.LEFT_BRACE) this.#open(false);
    else if (token === TokenType.LEFT_BRACKET) this.#open(true);
    else if (token === TokenType.RIGHT_BRACE) this.#close(false);
    else if (token === TokenType.RIGHT_BRACKET) this.#close(true);
    else if (token === TokenType.COLON) this.#colon();
    else if (token === TokenType.COMMA) this.#comma();
    else if (value === undefined) throw new NotJsonError(NO_JSON);
    else this.#scalar(value);
  }

  #colon(): void {
    this.#expect('colon');
    this.#expected = 'value';
  }

  #expect(...possible: Expected[]): void {
    if (!possible.includes(this.#expected)) throw new NotJsonError(NO_JSON);
  }

  #comma(): void {
    this.#expect('comma or end');
    const frame = this.#frames.at(-1);
    if (typeof frame?.key === 'number') frame.key += 1;
    this.#expected = frame?.isList === true ? 'value' : 'key';
  }

  #scalar(value: Json): void {
    if (this.#expected === 'key' || this.#expected === 'key or end') {
      const frame = this.#frames.at(-1);
      if (typeof value !== 'string' || frame === undefined) throw new NotJsonError(NO_JSON);
      frame.key = value;
      this.#expected = 'colon';
      return;
    }
    this.#expect('value', 'value or end');
    this.#add(value);
    this.#ended();
  }

  /** The path of what comes next. */
  #path(): JsonPath {
    return this.#frames.map(({ key }) => key);
  }

  #open(isList: boolean): void {
    this.#expect('value', 'value or end');
    const mode = this.#modeOfNext();
    if (mode === 'entered') this.#events.push({ kind: 'enter', path: this.#path() });
    this.#frames.push({
      isList,
      mode,
      value: isList ? [] : Object.create(null),
      key: isList ? 0 : '',
      begin: this.offset,
    });
    this.#expected = isList ? 'value or end' : 'key or end';
  }

  #modeOfNext(): Frame['mode'] {
    const frame = this.#frames.at(-1);
    if (frame?.mode === 'passed') return 'passed';
    if (frame?.mode === 'read') return this.#isDropped(frame) ? 'passed' : 'read';
    const path = this.#path();
    if (this.#plan.enter(path)) return 'entered';
    if (this.#plan.read(path)) return 'read';
    this.#events.push({ kind: 'pass', path });
    return 'passed';
  }

  #close(isList: boolean): void {
    const frame = this.#frames.pop();
    if (frame?.isList !== isList) throw new NotJsonError(NO_JSON);
    this.#expect('comma or end', isList ? 'value or end' : 'key or end');
    if (frame.mode === 'entered') this.#events.push({ kind: 'end', path: this.#path() });
    else if (frame.mode === 'read') {
      if (this.offset - frame.begin > MOST_BYTES_AT_ONCE) throw new NotJsonError(TOO_LONG_VALUE);
      this.#add(frame.value);
    }
    this.#ended();
  }

  #ended(): void {
    this.#expected = this.#frames.length === 0 ? 'nothing' : 'comma or end';
  }

  #add(value: Json): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined || frame.mode === 'entered') {
      this.#events.push({ kind: 'value', path: this.#path(), value });
    } else if (frame.mode === 'read' && !this.#isDropped(frame)) {
      if (this.offset - frame.begin > MOST_BYTES_AT_ONCE) throw new NotJsonError(TOO_LONG_VALUE);
      if (Array.isArray(frame.value)) frame.value.push(value);
      else frame.value[frame.key] = value;
    }
  }

  #isDropped({ key }: Frame): boolean {
    return typeof key === 'string' && this.#plan.drop.has(key);
  }
}

/**
 * Reads JSON piece by piece: of a file of any size no more is held at once than one value that the plan asks for.
 *
 * @param name the file, as errors call it
 * @throws {ExportError} behind what was told before it, where the bytes are no JSON (any more), no UTF-8, or hold a
 *   value that is too long; no error repeats what stands there
 */
export async function* readJson(
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  plan: JsonPlan,
): AsyncGenerator<JsonEvent> {
  const reader = new JsonReader(plan);
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const utf8Checked = (bytes?: Uint8Array): void => {
    try {
      utf8.decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw new NotJsonError('behind this it is not UTF-8', { cause: error });
    }
  };
  try {
    for await (const piece of pieces) {
      try {
        utf8Checked(piece);
        reader.write(piece);
      } finally {
        // Also what stands before an error.
        yield* reader.told();
      }
    }
    utf8Checked();
    reader.end();
    yield* reader.told();
  } catch (error) {
    if (error instanceof ExportError) throw error;
    throw new ExportError(
      name,
      `byte ${reader.offset}`,
      error instanceof NotJsonError ? error.message : NO_JSON,
      { cause: error },
    );
  }
}

/**
 * Reads the JSON of one line, or of another short text.
 *
 * @returns nothing where it is none
 */
export function jsonOf(text: string, drop: ReadonlySet<string>): Json | undefined {
  const reader = new JsonReader({ enter: () => false, read: () => true, drop });
  try {
    reader.write(new TextEncoder().encode(text));
    reader.end();
    return reader
      .told()
      .flatMap((event) => (event.kind === 'value' ? [event.value] : []))
      .at(-1);
  } catch {
    return undefined;
  }
}
