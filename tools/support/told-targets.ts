import { ConfiguredReceivers } from '../../functions/send-notifications/configured-receivers.ts';
import type { Receiver } from '../../functions/send-notifications/receiver.ts';
import { publishOn } from '../../functions/send-notifications/sns-topic.ts';
import { errorMessage } from '../../functions/shared/runtime/error-text.ts';
import { parseNotificationTargets } from '../../functions/shared/runtime/notification-targets.ts';
import { readParameters } from '../../functions/shared/runtime/parameters.ts';
import { postOverHttp } from '../../functions/shared/sending/post-over-http.ts';
import { localWebhooks } from '../../local/support/webhooks.ts';
import type { AwsClientOptions } from './stack-data.ts';
import type { ToolContext } from './tool.ts';
import { orToolError, ToolError } from './tool-error.ts';

/**
 * The targets of a stage, with its secrets, which the person's own credentials have to be allowed to read.
 *
 * @param text the output of the stack that lists them
 * @param client what clients of AWS are made with
 */
export function targetsOfStage(
  text: string,
  client: AwsClientOptions | undefined,
  { waiting }: Pick<ToolContext, 'waiting'>,
): Promise<Receiver[]> {
  const receivers = new ConfiguredReceivers(targetsOf(text), {
    post: postOverHttp({ waiting, allowLoopback: false }),
    publishOn: (topicArn) => publishOn(topicArn, client),
    readParameters: (names) => readParameters(names, client),
  });
  return receivers.all();
}

function targetsOf(text: string) {
  try {
    return parseNotificationTargets(text);
  } catch (error) {
    throw new ToolError(`the targets of the stack cannot be read: ${errorMessage(error)}`, { cause: error });
  }
}

/**
 * Webhooks of this machine, or of others, as the local host reaches them.
 *
 * @param secret what the option `--webhook-secret` gives
 * @throws ToolError that names the option which is missing or wrong
 */
export function webhooksOf(
  urls: readonly string[],
  secret: string | undefined,
  { waiting }: Pick<ToolContext, 'waiting'>,
): Promise<Receiver[]> {
  return orToolError(() => localWebhooks(urls, secret, waiting));
}
