import type { StackOutputs } from '../stack-outputs.ts';
import { shellAssignments, type Target } from './target.ts';

/**
 * The address under which a deployed API answers, without a slash at its end. Emulators of AWS know one
 * that needs no name server.
 */
export function apiUrl({ ApiId, ApiUrl }: StackOutputs, { endpoint }: Target): string {
  return endpoint === undefined ? ApiUrl : `${endpoint}/_aws/execute-api/${ApiId}/$default`;
}

/**
 * What to do with a stack that was deployed: lines that work when they are pasted into a shell, one after
 * the other.
 */
export function nextSteps(
  outputs: StackOutputs,
  target: Target,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const { Region, UsageTableName, MetricsDashboardName } = outputs;
  const url = apiUrl(outputs, target);
  const at = shellAssignments(target, Region, environment);
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

Make the first API key. It is shown this once:

  API_KEY=$(${at} npm run --silent keys -- create --aws --table ${UsageTableName} --all-peers --scopes stats:read,messages:write,channels:write --label first); echo "$API_KEY"

Record a message:

  curl -H "Authorization: Bearer $API_KEY" -H 'Content-Type: application/json' -d '${JSON.stringify({ messages: [message] })}' '${url}/api/v1/peer/peer_123/messages'

Ask for what was counted, a few seconds later:

  curl -H "Authorization: Bearer $API_KEY" '${url}/api/v1/peer/peer_123/channel-stats'
`;
}
