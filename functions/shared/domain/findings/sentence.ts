import type { UtcDay } from '../utc-day.ts';

/** A number with its unit, or a day. Whoever shows it knows how its reader writes it. */
export type Quantity =
  /** A `share` is in percent, and told with one decimal; a `percent` is told as it is. */
  | { kind: 'count' | 'messages' | 'days' | 'share' | 'percent'; value: number }
  | { kind: 'day'; value: UtcDay };

/** The place of the channel's name in a sentence. */
export const NAME = { kind: 'name' } as const;

type Part = Quantity | typeof NAME;

/** A sentence about a channel, in parts: texts, what is written for its reader, and the place of the name. */
export type Sentence = readonly (string | Part)[];

/** Makes a sentence of a template. */
export function told(texts: TemplateStringsArray, ...parts: readonly Part[]): Sentence {
  return texts.flatMap((text, index) => [text, ...parts.slice(index, index + 1)]);
}

/** A number of messages: `1 message`, `952 messages`. */
export function messages(value: number): Quantity {
  return { kind: 'messages', value };
}

/** A number of days: `1 day`, `7 days`. */
export function days(value: number): Quantity {
  return { kind: 'days', value };
}

/** A number by itself. */
export function figure(value: number): Quantity {
  return { kind: 'count', value };
}

/** A part of something, in percent with one decimal. */
export function share(value: number): Quantity {
  return { kind: 'share', value };
}

/** A threshold in percent. */
export function percent(value: number): Quantity {
  return { kind: 'percent', value };
}

/** A day (UTC). */
export function onDay(value: UtcDay): Quantity {
  return { kind: 'day', value };
}

/**
 * A sentence as one English text, with numbers and days as programs write them.
 *
 * @param name what the channel is called
 */
export function inEnglish(sentence: Sentence, name: string): string {
  return sentence
    .map((part) => (typeof part === 'string' ? part : part.kind === 'name' ? name : plain(part)))
    .join('');
}

function plain({ kind, value }: Quantity): string {
  switch (kind) {
    case 'messages':
      return `${value} ${value === 1 ? 'message' : 'messages'}`;
    case 'days':
      return `${value} ${value === 1 ? 'day' : 'days'}`;
    case 'share':
    case 'percent':
      return `${value}%`;
    case 'count':
    case 'day':
      return String(value);
  }
}
