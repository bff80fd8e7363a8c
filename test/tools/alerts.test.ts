import { describe, expect, onTestFinished, vi } from 'vitest';
import { sendNotifications } from '../../functions/send-notifications/send-notifications.ts';
import { alertsCommand } from '../../tools/commands/alerts.ts';
import { test as fixture } from '../support/fixture.ts';
import { failed, scriptedReceiver } from '../support/sending/scripted-receiver.ts';
import { serverThat } from '../support/sending/server.ts';
import { decide, waitingFor } from '../support/sending/waiting.ts';
import { webhookReceiver } from '../support/sending/webhook-receiver.ts';
import { runOn, usageTableOf } from './tool-run.ts';

const START = Date.parse('2026-11-22T10:00:00Z');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const test = fixture
  .extend('alerts', ({ dependencies }) => (...options: string[]) => {
    dependencies.setClock(new Date(START).toISOString());
    return runOn(dependencies, alertsCommand, options);
  })
  .extend('onTable', ({ alerts, database, dependencies }) => (command: string, ...options: string[]) => {
    return alerts(command, ...usageTableOf(database, dependencies), ...options);
  });

describe('a test', () => {
  test('goes to every webhook, signed and marked, and it is told what each answered', async ({ alerts }) => {
    vi.useFakeTimers({ now: START, toFake: ['Date'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const receiver = await webhookReceiver([SECRET]);
    const other = await serverThat((_request, response) => response.writeHead(503).end());
    const run = await alerts(
      'test',
      '--webhook',
      receiver.url,
      '--webhook',
      other,
      '--webhook-secret',
      SECRET,
    );
    expect(run).toEqual({
      exitCode: 1,
      stdout: 'target     taken  answer\nwebhook-1  yes    answered 204\nwebhook-2  no     answered 503\n',
      stderr: 'error: 1 of 2 targets did not take it\n',
    });
    expect(receiver.taken).toHaveLength(1);
    const [{ id, body } = { id: '', body: '{}' }] = receiver.taken;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.parse(body)).toEqual({
      type: 'test',
      timestamp: '2026-11-22T10:00:00.000Z',
      data: { message: expect.stringContaining('Nothing was found, and nothing has to be done.') },
    });
    expect(await alerts('test', '--webhook', receiver.url, '--webhook-secret', SECRET)).toMatchObject({
      exitCode: 0,
    });
  });

  test('that cannot be made is an error that says why', async ({ alerts }) => {
    const mistakes: [string[], string][] = [
      [[], 'name a stage, such as --stage dev, or a webhook with --webhook'],
      [['--webhook', 'http://127.0.0.1:1/'], '--webhook needs --webhook-secret, with which it is signed'],
      [
        ['--webhook', 'http://127.0.0.1:1/', '--webhook-secret', 'secret-word'],
        'the secret in --webhook-secret does not begin with whsec_',
      ],
      [
        ['--webhook', 'https://10.0.0.1/secret-word', '--webhook-secret', SECRET],
        'nothing can be sent to webhook-1: its address is not a public one',
      ],
      [
        ['--targets', '[]', '--webhook', 'https://a.example', '--webhook-secret', SECRET],
        '--webhook does not go with --stage or --targets',
      ],
      [['--targets', '{'], 'the targets of the stack cannot be read: '],
    ];
    for (const [options, message] of mistakes) {
      const { exitCode, stdout, stderr } = await alerts('test', ...options);
      expect([exitCode, stdout, stderr]).toEqual([1, '', expect.stringContaining(`error: ${message}`)]);
      expect(stderr).not.toContain('secret-word');
    }
  });
});

describe('what was not taken', () => {
  test('is listed with its reasons, and waits again when it is retried', async ({
    onTable,
    dependencies,
    table,
  }) => {
    dependencies.setClock(new Date(START).toISOString());
    expect(await onTable('list')).toMatchObject({ stderr: 'Nothing waits, and nothing was given up.\n' });
    let isUp = false;
    const gone = scriptedReceiver('gone', () =>
      isUp ? { kind: 'taken', answer: '' } : { kind: 'unwanted', problem: 'answered 410' },
    );
    const down = scriptedReceiver('down', () => failed('answered 500'));
    const waiting = { ...dependencies.waiting, random: () => 0 };
    const job = sendNotifications({ ...dependencies, waiting }, async () => [gone.receiver, down.receiver]);
    await decide(table, ['gone', 'down'], 'peer_x', { now: START });
    await job(() => false);
    const list = await onTable('list');
    expect(list.stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['target', 'state', 'type', 'peer', 'id', 'attempts', 'since', 'reason'],
      [
        'down',
        'waits until 2026-11-22T10:01:00.000Z',
        'test',
        'peer_x',
        'peer_x-1',
        '1',
        '2026-11-22T10:00:00.000Z',
        'answered 500',
      ],
      [
        'gone',
        'given up 2026-11-22T10:00:00.000Z',
        'test',
        'peer_x',
        'peer_x-1',
        '1',
        '2026-11-22T10:00:00.000Z',
        'answered 410',
      ],
      [''],
    ]);
    expect(list.stderr).toBe(
      'gone answered on 2026-11-22T10:00:00.000Z that it wants nothing any more: retry enables it.\n',
    );
    expect(await onTable('retry', '--target', 'elsewhere')).toMatchObject({
      exitCode: 1,
      stderr: 'error: there is no target elsewhere; there are down, gone\n',
    });
    expect(await onTable('retry')).toMatchObject({
      exitCode: 0,
      stderr: 'gone is told again.\n1 notifications wait again, for another day.\n',
    });
    isUp = true;
    await job(() => false);
    expect(gone.ids()).toEqual(['peer_x-1', 'peer_x-1']);
    expect(await waitingFor(table, 'gone')).toEqual([]);
    expect(await onTable('retry')).toMatchObject({ stderr: 'Nothing was given up.\n' });
  });
});
