import * as z from 'zod/mini';
import { parseJsonVariable } from './json-variable.ts';
import { parameterName } from './parameter-name.ts';

// Whom everything is told: what infrastructure sets, and functions read.

/** The name of the topic among the targets, which no webhook has. */
export const TOPIC_TARGET = 'topic';

const targetName = z
  .string("must be the webhook's name")
  .check(z.regex(/^[a-z0-9-]{1,32}$/, 'must have 1 to 32 characters, which are a to z, 0 to 9 or -'));

const standardWebhook = z.strictObject({
  name: targetName,
  kind: z.literal('standard'),
  /** Where it is reached: what functions/shared/sending/public-address.ts says of it holds. */
  url: z.string('must be a URL'),
  /** Its secret, or two of them, separated by white space, while one takes the place of the other. */
  secretParameter: parameterName(),
});

const slackWebhook = z.strictObject({
  name: targetName,
  kind: z.literal('slack'),
  /** The URL is the secret: it is no setting. */
  urlParameter: parameterName(),
});

/** A webhook that is told: signed as Standard Webhooks say, or as a message of Slack. */
export const webhook = z.discriminatedUnion('kind', [standardWebhook, slackWebhook], {
  error: ({ code }) => (code === 'invalid_union' ? "must be 'standard' or 'slack'" : undefined),
});
export type Webhook = z.output<typeof webhook>;

const topicTarget = z.strictObject({
  name: z.literal(TOPIC_TARGET),
  kind: z.literal('topic'),
  topicArn: z.string().check(z.minLength(1)),
});

const targets = z.array(z.discriminatedUnion('kind', [topicTarget, standardWebhook, slackWebhook]));

/** Somebody who is told everything: a webhook, or the topic. */
export type NotificationTarget = z.output<typeof targets>[number];

/** The name of the environment variable with the targets. */
export const NOTIFICATION_TARGETS_VARIABLE = 'NOTIFICATION_TARGETS';
/** The name of that with the address of the dashboard, which links begin with. */
export const DASHBOARD_URL_VARIABLE = 'DASHBOARD_URL';

/** The value of the environment variable with the targets: the topic, and the webhooks of the settings. */
export function notificationTargetsText(topicArn: string, webhooks: readonly Webhook[]): string {
  const topic: NotificationTarget = { name: TOPIC_TARGET, kind: 'topic', topicArn };
  return JSON.stringify([topic, ...webhooks]);
}

/**
 * Reads the value of the environment variable with the targets.
 *
 * @throws Error that says what is wrong, and holds nothing of the value
 */
export function parseNotificationTargets(text: string): NotificationTarget[] {
  return parseJsonVariable(NOTIFICATION_TARGETS_VARIABLE, targets, text);
}
