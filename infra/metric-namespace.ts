import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { METRIC_NAMESPACE } from '../functions/shared/runtime/metric-names.ts';

/** What the functions of a stack file their metrics under: stacks of one account stay apart. */
export function metricNamespaceOf(construct: IConstruct): string {
  return `${METRIC_NAMESPACE}/${Stack.of(construct).stackName}`;
}
