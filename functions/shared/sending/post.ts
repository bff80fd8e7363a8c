/** What a receiver answered. */
export interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  /** No more than the beginning of a long one. */
  body: string;
}

/** What is sent to a receiver. */
export interface PostRequest {
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
  /** Within so many milliseconds the whole answer has to be there. */
  timeoutMs: number;
}

/**
 * No answer came: whether the receiver got the request, nobody knows. It says why in a few words, or with the code of a
 * system error, and holds no part of the URL, which may be a secret.
 */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError';
}

/**
 * Sends a request once, and follows no redirect.
 *
 * @throws NoAnswerError where no whole answer came in time, or nothing may be sent there
 */
export type Post = (url: string, request: PostRequest) => Promise<Answer>;
