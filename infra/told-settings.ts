import * as z from 'zod';
import { googleAnalyticsSettings, mixpanelSettings } from '../functions/shared/runtime/export-settings.ts';
import { TOPIC_TARGET, type Webhook, webhook } from '../functions/shared/runtime/notification-targets.ts';
import { urlProblem } from '../functions/shared/sending/public-address.ts';

// What the settings of a stage say of whom findings and reports are told, and where figures go.

/** Each notification is stored for every target in one transaction, which takes 100 items. */
const MOST_WEBHOOKS = 10;
/** The environment of a function holds 4 KB, and other things besides. */
const MOST_BYTES_OF_WEBHOOKS = 2_048;
const MOST_CHARACTERS_OF_ADDRESS = 256;

const publicUrl = z.url('must be a URL').superRefine((url, context) => {
  const problem = urlProblem(url, { allowLoopback: false });
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `cannot be told: ${problem}` });
});

const webhooks = z
  .array(webhook)
  .max(MOST_WEBHOOKS, `must be ${MOST_WEBHOOKS} webhooks at most`)
  .superRefine((all, context) => {
    const names = new Set<string>([TOPIC_TARGET]);
    for (const [index, { name, ...one }] of all.entries()) {
      const problem = names.has(name) ? doubleName(name) : undefined;
      names.add(name);
      if (problem !== undefined) {
        context.addIssue({ code: 'custom', path: [index, 'name'], message: problem });
      }
      const issue = one.kind === 'standard' ? publicUrl.safeParse(one.url).error?.issues[0] : undefined;
      if (issue !== undefined) {
        context.addIssue({ code: 'custom', path: [index, 'url'], message: issue.message });
      }
    }
    if (Buffer.byteLength(JSON.stringify(all)) > MOST_BYTES_OF_WEBHOOKS) {
      const message = `must have ${MOST_BYTES_OF_WEBHOOKS} bytes at most, all of them as JSON: the environment of a function holds no more`;
      context.addIssue({ code: 'custom', message });
    }
  });

function doubleName(name: string): string {
  return name === TOPIC_TARGET
    ? `must not be '${TOPIC_TARGET}', which is the topic of the stack`
    : `must be of one webhook alone: there are two with the name '${name}'`;
}

const SUBSCRIBER = 'must be an e-mail address, or an https address of the internet';
const subscriber = z
  .string(SUBSCRIBER)
  .refine((text) => z.email().safeParse(text).success || publicUrl.safeParse(text).success, SUBSCRIBER);

/** Who is told of findings and reports. */
export const notificationSettings = z.strictObject({
  /** Those that subscribe to the topic: e-mail addresses, which have to confirm, and HTTPS addresses. */
  subscribers: z
    .array(subscriber)
    .refine((all) => new Set(all).size === all.length, 'must all be different')
    .exactOptional(),
  webhooks: webhooks.exactOptional(),
});

/** Where the figures of each day go. Each is off where it is left out. */
export const exportSettings = z.strictObject({
  s3: z.literal(true, 'must be true, or left out').exactOptional(),
  mixpanel: z.exactOptional(mixpanelSettings),
  googleAnalytics: z.exactOptional(googleAnalyticsSettings),
});
export type ExportSettings = z.output<typeof exportSettings>;

const DASHBOARD_WORDS = `must be an https address without a user, a query and a fragment, of ${MOST_CHARACTERS_OF_ADDRESS} characters at most`;

/** The address of the dashboard, before the `?` of its views. */
export const dashboardUrl = z.string(DASHBOARD_WORDS).refine((text) => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && /^[^?#@]+$/.test(text) && text.length <= MOST_CHARACTERS_OF_ADDRESS;
}, DASHBOARD_WORDS);

/** A parameter of SSM that somebody has to make before a stack is deployed. */
export interface NeededParameter {
  name: string;
  /** The setting that names it. */
  setting: string;
}

/** The parameters of SSM that settings name, each as often as they do. */
export function neededParameters(settings: {
  webhooks: readonly Webhook[];
  exports: ExportSettings;
}): NeededParameter[] {
  const { mixpanel, googleAnalytics } = settings.exports;
  return [
    ...settings.webhooks.map((one) => {
      const [attribute, name] =
        one.kind === 'slack'
          ? (['urlParameter', one.urlParameter] as const)
          : (['secretParameter', one.secretParameter] as const);
      return { name, setting: `${attribute} of the webhook ${one.name}` };
    }),
    ...(mixpanel === undefined
      ? []
      : [
          { name: mixpanel.usernameParameter, setting: 'usernameParameter of exports.mixpanel' },
          { name: mixpanel.secretParameter, setting: 'secretParameter of exports.mixpanel' },
        ]),
    ...(googleAnalytics === undefined
      ? []
      : [{ name: googleAnalytics.secretParameter, setting: 'secretParameter of exports.googleAnalytics' }]),
  ];
}
