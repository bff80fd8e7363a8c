import { SCOPES } from '../../functions/shared/domain/api-key.ts';
import { REPORTS_PREFIX } from '../../functions/shared/runtime/export-settings.ts';
import type { FunctionFolder } from '../bundling.ts';
import type { StackOutputs } from '../stack-outputs.ts';
import { NOBODY, type StackSettings } from '../stack-settings.ts';
import type { Target } from './target.ts';

/**
 * The address under which a deployed API answers, without a slash at its end. Emulators of AWS know one
 * that needs no name server.
 */
export function apiUrl({ ApiId, ApiUrl }: StackOutputs, { endpoint }: Target): string {
  if (endpoint === undefined) return ApiUrl;
  // The address of an HTTP API ends with its name; that of a REST API has its stage behind it.
  const stage = new URL(ApiUrl).pathname.slice(1) || '$default';
  return `${endpoint}/_aws/execute-api/${ApiId}/${stage}`;
}

/** What is known of a stack beside its outputs. */
export interface StackState {
  settings: Pick<
    StackSettings,
    'stage' | 'reservedConcurrency' | 'notifications' | 'monthlyReports' | 'exports'
  >;
  /** The options by which commands name it. */
  options: string;
  /** Whether it has an API key already. */
  hasKey: boolean;
}

/**
 * What there is after a deploy, what is not set up yet, and how to use the service: lines that work when they
 * are pasted into a shell, one after the other.
 */
export function nextSteps(outputs: StackOutputs, target: Target, state: StackState): string {
  const { AlarmSubscribers, MetricsDashboardName } = outputs;
  const url = apiUrl(outputs, target);
  const message = {
    messageId: 'message_1',
    conversationId: 'conversation_1',
    channelId: 'direct',
    role: 'user',
  };
  return `
The service is deployed.

  API        ${url}
  Dashboard  ${url}/
  Metrics    ${MetricsDashboardName}, in CloudWatch
  Alarms     ${isTold(outputs) ? `are told to ${AlarmSubscribers}` : 'nobody is told'}${byMail(AlarmSubscribers)}
  Findings   ${toldOfFindings(state.settings)}
  Reports    ${reportsGoTo(outputs, state.settings)}
  Exports    ${exportsGoTo(outputs, state.settings)}
${notSetUp(outputs, state)}${state.hasKey ? '' : firstKey(outputs, state)}
Record a message:

  curl -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' -d '${JSON.stringify({ messages: [message] })}' '${url}/api/v1/peer/peer_123/messages'

Ask for what was counted, a few seconds later:

  curl -H "Authorization: Bearer $API_KEY" '${url}/api/v1/peer/peer_123/channel-stats'
`;
}

/** What somebody has to know whose mails do not come. */
function byMail(addresses: string): string {
  return /[^/]@/.test(addresses) ? '; an e-mail address has to confirm a mail first' : '';
}

function toldOfFindings({ notifications: { subscribers, webhooks } }: StackState['settings']): string {
  const all = [...subscribers, ...webhooks.map(({ name }) => `the webhook ${name}`)];
  if (all.length === 0) return 'nobody is told, but who subscribes to their topic by hand';
  return `are told to ${all.join(', ')}${byMail(subscribers.join(' '))}`;
}

function reportsGoTo(
  { ExportsBucketName }: StackOutputs,
  { monthlyReports }: StackState['settings'],
): string {
  if (!monthlyReports) return 'on months are not made';
  return `on months go to s3://${ExportsBucketName}/${REPORTS_PREFIX}, and are told to whom findings are`;
}

function exportsGoTo(
  { ExportsBucketName }: StackOutputs,
  { exports: { s3, mixpanel, googleAnalytics } }: StackState['settings'],
): string {
  const all = [
    ...(s3 ? [`s3://${ExportsBucketName}/`] : []),
    ...(mixpanel === undefined ? [] : [`project ${mixpanel.projectId} of Mixpanel`]),
    ...(googleAnalytics === undefined ? [] : [`${googleAnalytics.measurementId} of Google Analytics`]),
  ];
  return all.length === 0 ? 'of figures are off' : `of figures go to ${all.join(', ')}`;
}

function isTold({ AlarmSubscribers }: StackOutputs): boolean {
  return AlarmSubscribers !== NOBODY;
}

function isAnybodyTold({ subscribers, webhooks }: StackSettings['notifications']): boolean {
  return subscribers.length + webhooks.length > 0;
}

/** What a stack lacks, each with what to do. */
function notSetUp(outputs: StackOutputs, { settings, hasKey }: StackState): string {
  const unreserved = WORTH_RESERVING.filter((folder) => settings.reservedConcurrency[folder] === undefined);
  const lacking = [
    ...(isTold(outputs)
      ? []
      : ['somebody who is told of alarms: alarmSubscribers in infra/stack-settings.ts, or --alarms-to']),
    ...(isAnybodyTold(settings.notifications)
      ? []
      : ['somebody who is told of findings and reports: notifications in infra/stack-settings.ts']),
    ...(settings.stage === 'prod' && unreserved.length > 0
      ? [`reserved concurrency of ${unreserved.join(' and ')}: docs/operations.md#limits`]
      : []),
    ...(hasKey ? [] : ['an API key']),
  ];
  if (lacking.length === 0) return '';
  return `\nNot set up yet:\n\n${lacking.map((what) => `  - ${what}\n`).join('')}`;
}

/** What has to go on while everything else is asked too much. */
const WORTH_RESERVING = ['record-messages', 'count-messages'] as const satisfies FunctionFolder[];

function firstKey({ Region }: StackOutputs, { options }: StackState): string {
  return `
Make the first API key. It is shown this once:

  API_KEY=$(AWS_REGION=${Region} npm run --silent keys -- create ${options} --all-peers --scopes ${SCOPES.join(',')} --label first); echo "$API_KEY"
`;
}
