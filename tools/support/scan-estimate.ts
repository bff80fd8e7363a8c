import type { TableSize } from '../../functions/shared/store/stored-messages.ts';

/** An eventually consistent read of 4 KB is half a read unit, as a replay makes it. */
const BYTES_PER_UNIT = 2 * 4_096;
/** On demand, in us-east-1, since November 2024 (https://aws.amazon.com/dynamodb/pricing/on-demand/). */
const DOLLARS_PER_MILLION_UNITS = 0.125;

/** What a message takes with ids of common lengths, for where the size of the table is not known. */
const BYTES_PER_MESSAGE = 400;

/** What is read of a table, and why all of it is. */
export interface ScanSubject {
  /** What the table holds, such as `messages of all peers`. */
  holds: string;
  because: string;
  /** Whether every part is read as it is at that moment, which costs twice as much. */
  isConsistent: boolean;
}

const MESSAGES: ScanSubject = {
  holds: 'messages of all peers',
  because: 'the messages of a peer are spread over it',
  isConsistent: false,
};

/** The same where every message is found that is there. */
export const MESSAGES_AS_THEY_ARE: ScanSubject = { ...MESSAGES, isConsistent: true };

/** The same of the usage table, of which everything of a peer is looked for. */
export const USAGE: ScanSubject = {
  holds: 'items of all peers',
  because: 'what is kept of a peer is spread over it',
  isConsistent: true,
};

/**
 * Tells, before it starts, what reading through a table takes.
 *
 * @param unitsPerSecond the rate to which the reading keeps
 */
export function scanEstimate(
  table: string,
  { itemCount, bytes }: TableSize,
  unitsPerSecond: number,
  { holds, because, isConsistent } = MESSAGES,
): string {
  const isSizeKnown = bytes > 0 || itemCount === 0;
  const size = isSizeKnown ? bytes : itemCount * BYTES_PER_MESSAGE;
  const units = Math.ceil(size / BYTES_PER_UNIT) * (isConsistent ? 2 : 1);
  const seconds = Math.ceil(units / unitsPerSecond);
  const dollars = (units * DOLLARS_PER_MILLION_UNITS) / 1_000_000;
  const price = dollars < 0.01 ? 'less than 0.01' : `about ${dollars.toFixed(2)}`;
  return (
    `${table} holds ${grouped(itemCount)} ${holds} in ` +
    `${isSizeKnown ? '' : 'an estimated '}${grouped(Math.ceil(size / 1_000))} kB` +
    ' (in AWS these figures are up to six hours old).\n' +
    `All of it is read, because ${because}: ` +
    `${grouped(units)} read units, ${grouped(seconds)} s at ${grouped(unitsPerSecond)} units a second.\n` +
    `In AWS that costs ${price} USD, at ${DOLLARS_PER_MILLION_UNITS} USD per million read units` +
    ' (on demand, us-east-1; other regions differ).\n'
  );
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
