import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

/** How a client of AWS reaches the place where the service is deployed. */
type ClientOptions = ConstructorParameters<typeof SQSClient>[0] & object;

/** A queue of somebody else that is subscribed to a topic of the service, as docs/operations.md says how. */
export class SubscribedQueue {
  readonly #sqs: SQSClient;
  readonly #sns: SNSClient;
  readonly #topicArn: string;
  #url: string | undefined;
  #subscription: string | undefined;
  readonly #received: string[] = [];

  constructor(options: ClientOptions, topicArn: string) {
    this.#sqs = new SQSClient(options);
    this.#sns = new SNSClient(options);
    this.#topicArn = topicArn;
  }

  /** @param name of the queue, which is made */
  async subscribe(name: string): Promise<void> {
    const { QueueUrl } = await this.#sqs.send(new CreateQueueCommand({ QueueName: name }));
    this.#url = QueueUrl;
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: Attributes?.['QueueArn'],
          Condition: { ArnEquals: { 'aws:SourceArn': this.#topicArn } },
        },
      ],
    });
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    const { SubscriptionArn } = await this.#sns.send(
      new SubscribeCommand({
        TopicArn: this.#topicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.['QueueArn'],
        Attributes: { RawMessageDelivery: 'true' },
        ReturnSubscriptionArn: true,
      }),
    );
    this.#subscription = SubscriptionArn;
  }

  /** All that it has got so far, as text. */
  async received(): Promise<readonly string[]> {
    const { Messages: messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { Body: body = '', ReceiptHandle } of messages) {
      this.#received.push(body);
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle }));
    }
    return this.#received;
  }

  async remove(): Promise<void> {
    if (this.#subscription !== undefined) {
      await this.#sns.send(new UnsubscribeCommand({ SubscriptionArn: this.#subscription }));
    }
    if (this.#url !== undefined) await this.#sqs.send(new DeleteQueueCommand({ QueueUrl: this.#url }));
    this.#sns.destroy();
    this.#sqs.destroy();
  }
}
