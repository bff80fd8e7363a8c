import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { reportNotification } from '../../../functions/shared/domain/monthly-report.ts';
import { parsePayload } from '../../../functions/shared/domain/notification.ts';
import type { Report } from '../../../functions/shared/domain/report.ts';
import { Notifying } from '../../../local/host/notifying.ts';
import { HostError } from '../../../local/support/host-error.ts';
import { localWebhooks } from '../../../local/support/webhooks.ts';
import { test as fixture } from '../../support/fixture.ts';
import { decide } from '../../support/sending/waiting.ts';
import { webhookReceiver } from '../../support/sending/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const waiting = { deadline: () => new Promise<void>(() => {}) };

const test = fixture
  /** Starts telling; it ends behind the test. */
  .extend('notify', ({ dependencies, folder, onTestFinished }) => (webhooks: string[]) => {
    const shown: string[] = [];
    const alertsFile = join(folder, 'alerts.jsonl');
    const notifying = new Notifying({
      dependencies,
      webhooks: localWebhooks(webhooks, webhooks.length > 0 ? SECRET : undefined, waiting),
      folder: { alertsFile },
      show: (text) => shown.push(text),
      complain: (problem) => shown.push(problem),
    });
    onTestFinished(() => notifying.stop());
    const lines = async () => (await readFile(alertsFile, 'utf8')).trim().split('\n');
    return { targets: notifying.targets, shown, lines };
  });

test('what is decided is shown at the terminal, kept in a file, and sent to every webhook, signed', async ({
  dependencies,
  table,
  notify,
}) => {
  const [one, other] = [await webhookReceiver([SECRET]), await webhookReceiver([SECRET])];
  // The library that verifies compares with the clock of this machine.
  dependencies.setClock(new Date().toISOString());
  const now = dependencies.clock();
  const targets = ['topic', 'webhook-1', 'webhook-2'];
  const [id] = await decide(table, targets, 'peer_a', { now });
  const told = notify([one.url, other.url]);
  expect(told.targets).toEqual(targets);
  await vi.waitFor(() => {
    expect([told.shown.length, one.taken.length, other.taken.length]).toEqual([1, 1, 1]);
  }, 20_000);
  const payload = { type: 'test', timestamp: new Date(now).toISOString(), data: { message: 'A test.' } };
  expect((await told.lines()).map((line) => JSON.parse(line))).toEqual([{ id, ...payload }]);
  expect(told.shown).toEqual(['A test\n  A test.\n']);
  expect(one.taken).toEqual([{ id, body: JSON.stringify(payload) }]);
  expect(other.taken).toEqual(one.taken);
});

test('a report is shown with its peer, its figures and where more is', async ({
  dependencies,
  table,
  notify,
}) => {
  const channel = { channelId: 'direct', name: 'Direct/Web', messages: 12, conversations: 4 };
  const report: Report = {
    ...{ period: 'October 2026', peer: 'peer_a', timezone: 'UTC', complete: true },
    range: { from: '2026-10-01', to: '2026-10-31' },
    overview: { totalMessages: 12, totalConversations: 4, channelCount: 1 },
    channels: [{ ...channel, avgMessagesPerConversation: 3, marketShare: '100.0%', engagement: 'Low' }],
    ...{ previousRange: null, change: null },
  };
  const { payload } = reportNotification({ peerId: 'peer_a', month: '2026-10', report }, 'http://h/', 0);
  const now = dependencies.clock();
  await decide(table, ['topic'], 'peer_a', { now, told: parsePayload(payload) });
  const { shown } = notify([]);
  await vi.waitFor(() => expect(shown).toHaveLength(1), 20_000);
  expect(shown).toEqual([
    'Channel usage: October 2026, at peer_a\n' +
      '  Days: 2026-10-01 to 2026-10-31 (UTC); Messages: 12; Conversations: 4; Channels: 1\n' +
      '  http://h/?peer=peer_a&from=2026-10-01&to=2026-10-31\n',
  ]);
});

test.for([
  [['http://127.0.0.1:9/hook'], undefined, '--webhook needs --webhook-secret, with which it is signed'],
  [[], SECRET, '--webhook-secret needs --webhook, to which it belongs'],
  [['http://127.0.0.1:9/hook'], 'secret', 'the secret in --webhook-secret does not begin with whsec_'],
  [['http://127.0.0.1:9/hook', 'nonsense'], SECRET, 'nothing can be sent to webhook-2: '],
] as const)('options that do not fit are refused: %j with the secret %s', ([urls, secret, problem]) => {
  const attempt = () => localWebhooks(urls, secret, waiting);
  expect(attempt).toThrow(HostError);
  expect(attempt).toThrow(problem);
});
