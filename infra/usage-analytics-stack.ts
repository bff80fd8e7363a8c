import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { MessageCounting } from './message-counting.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageEndpoint } from './usage-endpoint.ts';
import { UsageStorage } from './usage-storage.ts';

/**
 * The whole service, in the order in which a message goes through it: the endpoint puts it into the
 * messages table, whose stream feeds the counting, whose counts the endpoint answers with.
 */
export class UsageAnalyticsStack extends Stack {
  constructor(scope: Construct, id: string, settings: StackSettings) {
    super(scope, id, {
      description: 'Exact message and conversation counts per channel of an AI peer',
      terminationProtection: settings.stage === 'prod',
    });
    const storage = new UsageStorage(this, 'Storage', settings);
    new MessageCounting(this, 'Counting', { storage, settings });
    new UsageEndpoint(this, 'Endpoint', { storage, settings });
  }
}
