import type { Context, SQSEvent } from 'aws-lambda';
import { consumer } from '../shared/announcing/consumer.ts';
import { STOP_BEFORE_MS } from '../shared/exporting/mixpanel-import.ts';
import { mixpanelAccount } from '../shared/exporting/with-secrets.ts';
import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import { MIXPANEL_VARIABLE, parseMixpanelSettings } from '../shared/runtime/export-settings.ts';
import { readParameters } from '../shared/runtime/parameters.ts';
import { postOverHttp } from '../shared/sending/post-over-http.ts';
import { exportToMixpanel } from './export-to-mixpanel.ts';

const dependencies = lambdaDependencies('export-to-mixpanel');
const account = await mixpanelAccount(
  parseMixpanelSettings(lambdaVariable(MIXPANEL_VARIABLE)),
  readParameters,
);
const post = postOverHttp({ waiting: dependencies.waiting, allowLoopback: false });
const consume = consumer(dependencies, exportToMixpanel(dependencies, account, post));

export const handler = (event: SQSEvent, context: Context) =>
  consume(event, () => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
