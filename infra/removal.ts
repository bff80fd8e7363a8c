import { RemovalPolicy } from 'aws-cdk-lib';
import type { StackSettings } from './stack-settings.ts';

/** What becomes of data when its stack is deleted. */
export function removalPolicyOf({ stage }: Pick<StackSettings, 'stage'>): RemovalPolicy {
  return stage === 'prod' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
