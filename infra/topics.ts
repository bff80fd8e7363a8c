import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic, type TopicProps } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { explain } from './explained-exceptions.ts';
import { explainPlainHttp, refusesPlainHttp } from './plain-http.ts';
import type { StackSettings } from './stack-settings.ts';

/**
 * A topic that keeps encrypted what waits in it. Only the account itself may publish there or subscribe, by what its
 * roles and people are allowed.
 */
export function encryptedTopic(
  scope: Construct,
  settings: Pick<StackSettings, 'emulator'>,
  props: Pick<TopicProps, 'displayName'> = {},
): Topic {
  const topic = new Topic(scope, 'Topic', {
    ...props,
    ...refusesPlainHttp(settings),
    // The key of the account that AWS manages: one of its own would cost a dollar a month.
    masterKey: Alias.fromAliasName(scope, 'TopicKey', 'alias/aws/sns'),
  });
  explainPlainHttp(topic, settings);
  return topic;
}

/**
 * Subscribes people to a topic.
 *
 * @param addresses of e-mail, and of https
 * @param withoutFailureQueue why it needs no queue for what did not arrive
 */
export function subscribe(topic: Topic, addresses: readonly string[], withoutFailureQueue: string): void {
  for (const address of addresses) {
    const isUrl = address.startsWith('https:');
    const subscription = topic.addSubscription(
      isUrl ? new UrlSubscription(address) : new EmailSubscription(address),
    );
    explain(subscription, { 'Serverless-SNSRedrivePolicy': withoutFailureQueue });
  }
}
