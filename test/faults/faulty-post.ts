import { NoAnswerError, type Post } from '../../functions/shared/sending/post.ts';
import type { Answering } from '../support/analytics/posts.ts';
import type { Random } from '../support/random.ts';
import type { Scheduler } from './scheduler.ts';

const FAULTS = ['dropped', 'lost', 'late', 'refused', 'answered with an error'] as const;

/**
 * A Post whose requests take turns with all else that goes on, and of which some are dropped, or arrive and are not
 * answered, or arrive when nobody waits for them any more.
 */
export function faultyPost(
  { scheduler, random, faultProbability }: { scheduler: Scheduler; random: Random; faultProbability: number },
  answer: Answering,
): Post {
  return async (url, request) => {
    const fault = random.chance(faultProbability) ? random.pick(FAULTS) : undefined;
    if (fault === 'late') {
      void scheduler.step('a request arrives late', () => void answer(url, request));
      return scheduler.step('nobody answers in time', () => {
        throw new NoAnswerError('it took longer than allowed');
      });
    }
    return scheduler.step(`a request is sent (${fault})`, () => {
      if (fault === 'refused') return { status: random.pick([429, 502, 503]), headers: {}, body: '' };
      if (fault === 'dropped') throw new NoAnswerError('ECONNRESET');
      const given = answer(url, request);
      if (fault === 'lost') throw new NoAnswerError('ECONNRESET');
      if (fault === 'answered with an error') return { status: 503, headers: {}, body: '' };
      return given;
    });
  };
}
