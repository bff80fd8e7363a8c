import { parsePayload } from '../shared/domain/notification.ts';
import { errorName } from '../shared/runtime/error-text.ts';
import { notificationText } from './notification-text.ts';
import type { Receiver } from './receiver.ts';
import { type TopicMessage, topicMessage } from './topic-message.ts';

/** Publishes a message on a topic, or shows it in the place of one. It ends in time. */
export type Publish = (message: TopicMessage) => Promise<void>;

const CONCURRENT_MESSAGES = 8;

/**
 * A topic, from which people and programs get what is told.
 *
 * @param place a text that is another one for another topic
 */
export function topicReceiver({ name, place }: Pick<Receiver, 'name' | 'place'>, publish: Publish): Receiver {
  return {
    name,
    place,
    concurrency: CONCURRENT_MESSAGES,
    pauseMs: 0,
    async tell(notification) {
      const payload = parsePayload(notification.payload);
      try {
        await publish(topicMessage(notification, payload, notificationText(payload)));
        return { kind: 'taken', answer: 'published' };
      } catch (error) {
        return { kind: 'failed', problem: `not published: ${errorName(error)}`, isBusy: true };
      }
    },
  };
}
