import { expect, test } from 'vitest';
import { ConfiguredReceivers } from '../../../functions/send-notifications/configured-receivers.ts';
import { notification } from '../../../functions/shared/domain/notification.ts';
import type { NotificationTarget } from '../../../functions/shared/runtime/notification-targets.ts';
import { MissingParameterError } from '../../../functions/shared/runtime/parameters.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SLACK_URL = 'https://hooks.slack.example/secret-path';
const TARGETS: NotificationTarget[] = [
  { name: 'topic', kind: 'topic', topicArn: 'arn:aws:sns:eu-central-1:123456789012:told' },
  { name: 'ours', kind: 'standard', url: 'https://a.example/', secretParameter: '/ours' },
  { name: 'slack', kind: 'slack', urlParameter: '/slack' },
];
const TEST = notification('id1', {
  type: 'test',
  timestamp: '2026-11-22T10:00:00.000Z',
  data: { message: 'A test.' },
});

/** What the targets come to with some parameters, time and again, and how often each parameter was read. */
function receiversWith(parameters: Map<string, string>) {
  const read: string[] = [];
  const receivers = new ConfiguredReceivers(TARGETS, {
    post: async () => ({ status: 200, headers: {}, body: '' }),
    publishOn: () => async () => {},
    async readParameters(names) {
      read.push(...names);
      for (const name of names) {
        if (!parameters.has(name)) throw new MissingParameterError(`there is no parameter ${name}`);
      }
      return parameters;
    },
  });
  const tell = async () => {
    const all = await receivers.all();
    const outcomes = await Promise.all(all.map((receiver) => receiver.tell(TEST, 0)));
    return outcomes.map((outcome) => (outcome.kind === 'taken' ? 'taken' : outcome.problem));
  };
  return { tell, read };
}

test('every target is reached, and each secret is read once', async () => {
  const { tell, read } = receiversWith(
    new Map([
      ['/ours', SECRET],
      ['/slack', `${SLACK_URL}\n`],
    ]),
  );
  expect(await tell()).toEqual(['taken', 'taken', 'taken']);
  expect(await tell()).toEqual(['taken', 'taken', 'taken']);
  expect(read).toEqual(['/ours', '/slack']);
});

test('a secret that is missing or wrong keeps its own target from being told, until it is mended', async () => {
  const parameters = new Map([['/slack', 'http://169.254.169.254/secret-path']]);
  const { tell } = receiversWith(parameters);
  expect(await tell()).toEqual([
    'taken',
    'there is no parameter /ours',
    'the URL in the parameter /slack cannot be used: its address is not a public one',
  ]);
  parameters.set('/ours', 'secret-word').set('/slack', SLACK_URL);
  expect(await tell()).toEqual([
    'taken',
    'the secret in the parameter /ours does not begin with whsec_',
    'taken',
  ]);
  parameters.set('/ours', SECRET);
  expect(await tell()).toEqual(['taken', 'taken', 'taken']);
});
