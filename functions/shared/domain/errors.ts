import type { DifferenceCode } from './audit/difference.ts';

/** A stored item that does not have the shape it must have. Its key is in the message, its values are not. */
export class MalformedItemError extends Error {
  override name = 'MalformedItemError';
}

/** Stored items each of which can be read, and that do not agree with one another: an operator has to mend them. */
export class DisagreeingItemsError extends MalformedItemError {
  override name = 'DisagreeingItemsError';

  /** @param code that of the difference @param day the day at which it is, where it is at one */
  constructor(code: DifferenceCode, day = '') {
    super(`what is stored of the peer does not agree (${code}, ${day}): audit it`);
  }
}

/** A change that was refused, again and again, because others changed the same item first. */
export class ContentionError extends Error {
  override name = 'ContentionError';
}
