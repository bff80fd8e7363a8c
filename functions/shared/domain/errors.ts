/** A stored item that does not have the shape it must have. Its key is in the message, its values are not. */
export class MalformedItemError extends Error {
  override name = 'MalformedItemError';
}

/** A change that was refused, again and again, because others changed the same item first. */
export class ContentionError extends Error {
  override name = 'ContentionError';
}
