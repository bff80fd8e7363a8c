import type { IConstruct } from 'constructs';
import { explain } from './explained-exceptions.ts';
import type { StackSettings } from './stack-settings.ts';

/**
 * Whether topics, their queues and the bucket of exports refuse requests without TLS: in AWS they do. Emulators of it
 * speak plain HTTP, and some hold everyone to policies, their own services too.
 */
export function refusesPlainHttp({ emulator }: Pick<StackSettings, 'emulator'>): { enforceSSL: boolean } {
  return { enforceSSL: !emulator };
}

/** Says for an emulator why a construct does not. */
export function explainPlainHttp(construct: IConstruct, { emulator }: Pick<StackSettings, 'emulator'>): void {
  if (!emulator) return;
  const reason = 'Emulators of AWS speak plain HTTP.';
  explain(construct, {
    'AwsSolutions-SNS3': reason,
    'AwsSolutions-SQS4': reason,
    'AwsSolutions-S10': reason,
  });
}
