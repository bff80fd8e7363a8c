import assert from 'node:assert/strict';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { addDays, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { s3Client } from '../../functions/shared/runtime/s3-client.ts';
import { lastSealableDay } from '../../functions/take-daily-snapshot/schedule.ts';
import { awsConnection } from '../../infra/commands/aws-connection.ts';
import type { Target } from '../../infra/commands/target.ts';
import { failedBatchDocument } from '../../local/aws/stream/failed-batches.ts';
import { streamRecord } from '../faults/history.ts';
import type { DeployedService } from './deployed-service.ts';

const PEER = 'peer_tools';
const CONVERSATION = 'c';

/** Works on a deployed stage with every tool, as a person does who knows its name alone. */
export async function useToolsByStage(
  service: DeployedService,
  target: Target,
  environment: NodeJS.ProcessEnv,
): Promise<undefined> {
  const message = { conversationId: CONVERSATION, channelId: 'api', role: 'user' };
  await service.post(
    PEER,
    ['m1', 'm2'].map((messageId) => ({ ...message, messageId })),
  );
  const counted = (messageCount: number) =>
    service.eventually(() => service.stats(PEER), {
      channels: [{ channelId: 'api', channelName: 'API', conversationCount: 1, messageCount }],
      total: { conversationCount: 1, messageCount },
    });
  await counted(2);
  const today = dayOf(Date.now());
  const yesterday = addDays(today, -1);
  const days = `--peer ${PEER} --from ${yesterday} --to ${today}`;
  assert.match(
    await service.runTool('replay --', `${days} --dry-run`),
    new RegExp(`No drift: ${PEER} has 2 user messages stored`),
  );
  assert.match(await service.runTool('replay --', `${days} --yes`), /^counted before +2$/m);

  await giveUp(service, target, environment);
  assert.match(
    await service.runTool('redrive --'),
    /^batches taken +1 of 1\ncounted +1\ncounted before +0$/m,
  );
  assert.match(await service.runTool('redrive --'), /There are no failed batches/);
  await counted(3);

  const sealable = lastSealableDay(Date.now());
  assert.match(
    await service.runTool('snapshot --', `--day ${sealable}`),
    new RegExp(`^sealed through +${sealable}$`, 'm'),
  );
  assert.match(
    await service.runTool('forget --', `--peer ${PEER} --conversation ${CONVERSATION} --yes`),
    /^messages removed +2$/m,
  );
  await assert.rejects(
    service.runTool('keys -- list', '--suffix nowhere'),
    /error: there is no stack channel-usage-analytics-dev-nowhere in [^;]+; there are [^\n]*--stage dev/,
  );
}

/** Puts a batch into the failure destination, as Lambda does when it gives one up. */
async function giveUp(
  { outputs }: DeployedService,
  target: Target,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const record = streamRecord(
    {
      peerId: PEER,
      channelId: 'api',
      conversationId: CONVERSATION,
      messageId: 'given-up',
      role: 'user',
      sentAt: Date.now(),
    },
    1,
  );
  const client = await s3Client({ ...awsConnection(target, environment), region: outputs.Region });
  try {
    await client.send(
      new PutObjectCommand({
        Bucket: outputs.FailedRecordsBucketName,
        Key: 'aws/lambda/0f9a/shardId-1/2026/11/22/2026-11-22T10.00.00-given-up',
        Body: JSON.stringify(
          failedBatchDocument(
            { reason: 'RetryAttemptsExhausted', attempts: 21, records: [record] },
            Date.now(),
          ),
        ),
      }),
    );
  } finally {
    client.destroy();
  }
}
