import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { describe, expect, vi } from 'vitest';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { Alerting } from '../../../local/host/alerting.ts';
import { Announcing } from '../../../local/host/announcing.ts';
import { exportAccounts, exportConsumers } from '../../../local/host/exports.ts';
import { Notices } from '../../../local/host/notices.ts';
import { HostError } from '../../../local/support/host-error.ts';
import { test } from '../../support/fixture.ts';

const MIXPANEL = { MIXPANEL_PROJECT_ID: '1', MIXPANEL_USERNAME: 'u', MIXPANEL_SECRET: 's' };
const GOOGLE = { GA4_MEASUREMENT_ID: 'G-TEST1', GA4_API_SECRET: 's' };
const URLS = { mixpanelUrl: 'http://127.0.0.1:9/import', ga4Url: 'http://127.0.0.1:9/mp/collect' };

describe('where days are exported to', () => {
  test('is a folder, and what options and the environment name', ({ dependencies, folder }) => {
    const names = (accounts: ReturnType<typeof exportAccounts>) =>
      exportConsumers(() => dependencies, accounts, folder).map(({ name }) => name);
    expect(names(exportAccounts({}, {}))).toEqual(['export-to-s3']);
    expect(names(exportAccounts(URLS, { ...MIXPANEL, ...GOOGLE }))).toEqual([
      'export-to-s3',
      'export-to-mixpanel',
      'export-to-google-analytics',
    ]);
  });

  test.for([
    [
      { mixpanelUrl: URLS.mixpanelUrl },
      { ...MIXPANEL, MIXPANEL_SECRET: '' },
      /^--mixpanel-url .*: MIXPANEL_SECRET$/,
    ],
    [{ ga4Url: URLS.ga4Url }, {}, /^--ga4-url .*: GA4_MEASUREMENT_ID, GA4_API_SECRET$/],
    [{ ga4Url: 'http://127.0.0.1:9/collect' }, GOOGLE, /^--ga4-url has to end with \/mp\/collect$/],
  ] as const)('needs all variables of %j', ([options, environment, problem]) => {
    expect(() => exportAccounts(options, environment)).toThrow(HostError);
    expect(() => exportAccounts(options, environment)).toThrow(problem);
  });
});

test('a day that is sealed lies in the folder', async ({ dependencies, folder, onTestFinished }) => {
  const sentAt = Date.parse('2026-11-21T12:00:00Z');
  const message = { peerId: 'p', channelId: 'c', conversationId: 'k', messageId: 'm', sentAt };
  await (await buildCounter(dependencies)).count([message]);
  await takeDailySnapshot(dependencies)({ scheduledAt: '2026-11-22T10:00:00Z' }, () => false);
  const announcing = new Announcing({
    dependencies,
    consumers: exportConsumers(() => dependencies, {}, join(folder, 'exports')),
    folder: { failedAnnouncementsFile: join(folder, 'failed.jsonl') },
    notices: new Notices({ tell: () => {}, later: () => {} }),
    complain: () => {},
  });
  onTestFinished(() => announcing.stop());
  const file = join(folder, 'exports/day=2026-11-21/peer=p/usage.jsonl');
  const text = await vi.waitFor(() => readFile(file, 'utf8'), 20_000);
  expect(JSON.parse(text)).toMatchObject({ peer_id: 'p', channel_id: 'c', message_count: 1 });
});

test('while figures are not whole nobody is judged, and no announcement comes again for it', async ({
  dependencies,
  onTestFinished,
}) => {
  const looks: string[] = [];
  const alerting = new Alerting({
    dependencies,
    targets: ['topic'],
    dashboardUrl: 'http://127.0.0.1:8787/',
    areFiguresWhole: () => {
      looks.push('look');
      return false;
    },
  });
  onTestFinished(() => alerting.stop());
  const records: SQSRecord[] = [];
  const event: SQSEvent = { Records: records };
  expect(await alerting.consumer.handle(event, () => false)).toEqual({ batchItemFailures: [] });
  expect(looks.length).toBeGreaterThan(0);
  expect(dependencies.published).toEqual([]);
});
