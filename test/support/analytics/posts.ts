import {
  type Answer,
  NoAnswerError,
  type Post,
  type PostRequest,
} from '../../../functions/shared/sending/post.ts';

/** How a receiver answers a request. */
export type Answering = (url: string, request: PostRequest) => Answer;

/** What becomes of a request: it is answered with a status alone, or does not arrive, or its answer does not. */
export type Fault = number | 'dropped' | 'lost';

/** A Post whose first requests go wrong, each in its way. */
export function postFirst(first: readonly Fault[], answer: Answering): Post {
  const faults = [...first];
  return async (url, request) => {
    const fault = faults.shift();
    if (fault === undefined) return answer(url, request);
    if (fault === 'lost') answer(url, request);
    if (typeof fault === 'number') return { status: fault, headers: {}, body: '{}' };
    throw new NoAnswerError('ECONNRESET');
  };
}
