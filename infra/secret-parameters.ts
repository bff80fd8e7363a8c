import { Stack } from 'aws-cdk-lib';
import type { UsageFunction } from './usage-function.ts';

/** Lets a function read secrets from the Parameter Store, which decrypts them with the key that AWS manages for it. */
export function allowParameters(handler: UsageFunction, names: readonly string[]): void {
  for (const name of new Set(names)) {
    const resourceName = name.replace(/^\//, '');
    const arn = Stack.of(handler).formatArn({ service: 'ssm', resource: 'parameter', resourceName });
    handler.allow(['ssm:GetParameters'], arn);
  }
}
