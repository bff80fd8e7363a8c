import { App } from 'aws-cdk-lib';
import * as z from 'zod';
import { checkTemplates } from './explained-exceptions.ts';
import { stackName } from './stack-name.ts';
import { ENDPOINTS, settingsOf } from './stack-settings.ts';
import { UsageAnalyticsStack } from './usage-analytics-stack.ts';

const app = new App();
const context = z
  .object({
    stage: z.string().default('dev'),
    suffix: z.string().optional(),
    emulator: z.enum(['true', 'false']).default('false'),
    /** Who is told of alarms, where that is not written down in the settings. */
    alarmsTo: z.string().optional(),
    /** The kind of API Gateway, where it is not the one of the settings. */
    endpoint: z.enum(ENDPOINTS).optional(),
    /** Under how many keys heartbeats are sent, where it is not the number of the settings. */
    heartbeatKeys: z.coerce.number().optional(),
    /** The only account to deploy to; the CDK refuses credentials of another. */
    account: z.string().optional(),
  })
  .parse(
    Object.fromEntries(
      ['stage', 'suffix', 'emulator', 'alarmsTo', 'endpoint', 'heartbeatKeys', 'account'].map((key) => [
        key,
        app.node.tryGetContext(key),
      ]),
    ),
  );
const settings = settingsOf(context.stage, {
  emulator: context.emulator === 'true',
  alarmsTo: context.alarmsTo,
  endpoint: context.endpoint,
  heartbeatKeys: context.heartbeatKeys,
});

new UsageAnalyticsStack(
  app,
  stackName({ stage: settings.stage, suffix: context.suffix }),
  settings,
  context.account,
);
checkTemplates(app);
