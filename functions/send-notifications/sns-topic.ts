import { PublishCommand, SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { CLIENT_LIMITS } from '../shared/runtime/dependencies.ts';
import type { Publish } from './topic-receiver.ts';

/**
 * Publishes on a topic of SNS: JSON for queues and other programs, a text for mail.
 *
 * @param options what the client is given besides
 */
export function publishOn(topicArn: string, options: SNSClientConfig = {}): Publish {
  const client = new SNSClient({ ...CLIENT_LIMITS, ...options });
  return async ({ subject, machine, readable }) => {
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        MessageStructure: 'json',
        Message: JSON.stringify({ default: machine, email: readable }),
      }),
    );
  };
}
