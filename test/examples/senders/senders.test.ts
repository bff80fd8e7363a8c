import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  channelStats,
  cleanUp,
  postMessages,
  type RunningHost,
  type Stats,
  startLocalHost,
  statsWith,
  temporaryFolder,
} from '../../support/host/local-host.ts';
import { Program } from '../../support/host/program.ts';
import { keepOutOfLogs, watchLog } from '../../support/logs/log-watch.ts';
import { EXPORTED, messagesOfExport } from './exports.ts';
import { Gate } from './gate.ts';
import {
  CALLED,
  type Delivery,
  EDITED,
  now,
  PLATFORMS,
  type Platform,
  SENT,
  signed,
  slack,
  telegram,
  twilio,
  WRITTEN,
  whatsapp,
} from './platforms.ts';

// Senders as people run them, between what stands for a platform and the local host.

const REPOSITORY = join(import.meta.dirname, '../../..');
const TEXTS = [WRITTEN, EDITED, CALLED, 'zebra', 'Zebra', 'ZEBRA'];

/** What recording takes of a message, and a sender says. */
const FIELDS = ['messageId', 'conversationId', 'channelId', 'galleryKey', 'role', 'sentAt'];
const recordRequest = z.object({ messages: z.array(z.record(z.string(), z.unknown())) });

interface Sender {
  program: Program;
  url: string;
  peerId: string;
}

let host: RunningHost;
let gate: Gate;
let peers = 0;
const senders: Program[] = [];

beforeAll(async () => {
  host = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
  gate = await Gate.before(host.url);
});

beforeEach(() => {
  gate.mode = 'open';
  gate.bodies = [];
  keepOutOfLogs(TEXTS);
});

afterAll(async () => {
  for (const said of await Promise.all(senders.map(endOf))) watchLog(said);
  await gate.close();
  await cleanUp();
});

/** Starts a sender with a peer of its own. */
async function startSender(platform: Platform, service = host, way = gate): Promise<Sender> {
  peers += 1;
  const peerId = `peer_${platform.name}_${peers}`;
  const program = new Program(process.execPath, [`examples/senders/${platform.name}.mjs`], {
    cwd: REPOSITORY,
    env: {
      ...platform.environment,
      CHANNEL_USAGE_API_KEY: service.apiKey,
      SERVICE_URL: way.url,
      PEER_ID: peerId,
      // However slow the machine is.
      RECORD_WITHIN_MS: '300000',
      PORT: '0',
    },
  });
  senders.push(program);
  await program.said('/\n');
  const [, url = ''] = /at (http:\S+)\/$/m.exec(program.output()) ?? [];
  return { program, url, peerId };
}

/** Ends a sender; gives all that it said. */
async function endOf(program: Program): Promise<string> {
  program.process.kill();
  const { stdout, stderr } = await program.exit;
  return stdout + stderr;
}

async function deliver({ url }: Sender, { headers, body }: Delivery): Promise<number> {
  const answer = await fetch(`${url}/webhook`, { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
}

/** The figures of a story of three messages, once all that was recorded is counted. */
async function figures({ peerId }: Sender): Promise<Pick<Stats, 'total'> & { channels: object[] }> {
  // What is recorded last is counted last.
  const last = { messageId: 'last', conversationId: 'last', channelId: 'last', role: 'user' };
  await postMessages(host, peerId, [last]);
  await statsOfChannel(peerId, 'last');
  const { channels } = await channelStats(host, peerId);
  const others = channels.filter(({ channelId }) => channelId !== 'last');
  const total = { conversationCount: 0, messageCount: 0 };
  for (const { conversationCount, messageCount } of others) {
    total.conversationCount += conversationCount;
    total.messageCount += messageCount;
  }
  return {
    total,
    channels: others.map(({ channelId, messageCount, conversationCount }) => ({
      channelId,
      messageCount,
      conversationCount,
    })),
  };
}

async function statsOfChannel(peerId: string, channelId: string): Promise<void> {
  for (let least = 1; ; least += 1) {
    const { channels } = await statsWith(host, peerId, least);
    if (channels.some((channel) => channel.channelId === channelId && channel.messageCount > 0)) return;
  }
}

function story({ channelId }: Platform) {
  return {
    total: { conversationCount: 2, messageCount: 3 },
    channels: [{ channelId, messageCount: 3, conversationCount: 2 }],
  };
}

const NOTHING = { total: { conversationCount: 0, messageCount: 0 }, channels: [] };

describe.each(PLATFORMS)('$name', (platform) => {
  const { messages, again, others } = platform;

  test('counts each message once, however often and in whatever order it is delivered', async () => {
    const sender = await startSender(platform);
    const [first = {}, ...rest] = messages;
    const inTurn = [...rest.toReversed(), ...again, first, ...messages, ...again.toReversed()];
    for (const payload of inTurn) expect(await deliver(sender, signed(platform, payload))).toBe(200);
    const atOnce = [...messages, ...again, ...messages].map((payload) =>
      deliver(sender, signed(platform, payload)),
    );
    expect(new Set(await Promise.all(atOnce))).toEqual(new Set([200]));
    expect(await figures(sender)).toEqual(story(platform));
    // The same each time, as the first one wins, and nothing but what recording takes.
    const recorded = new Set(gate.bodies.flatMap(messagesIn).map((message) => JSON.stringify(message)));
    expect(recorded.size).toBe(3);
    for (const message of gate.bodies.flatMap(messagesIn))
      expect(FIELDS).toEqual(expect.arrayContaining(Object.keys(message)));
  });

  test('an edit that comes before its message, or alone, is no second one', async () => {
    const sender = await startSender(platform);
    for (const payload of [...again, ...messages]) await deliver(sender, signed(platform, payload));
    expect(await figures(sender)).toEqual(story(platform));
  });

  test('answers what is no message of a person with 200, and counts nothing', async () => {
    const sender = await startSender(platform);
    for (const payload of others) expect(await deliver(sender, signed(platform, payload))).toBe(200);
    expect(await figures(sender)).toEqual(NOTHING);
  });

  test('refuses what is not signed, signed wrongly, or changed since, and records nothing', async () => {
    const sender = await startSender(platform);
    const [payload = {}, other = {}] = messages;
    const { headers, body } = signed(platform, payload);
    const { [platform.signature]: right = '', ...unsigned } = headers;
    const wrong = [right.slice(0, -1), `${right}0`, right.toUpperCase(), '', '\u00e9'];
    const deliveries: Delivery[] = [
      { headers: unsigned, body },
      ...wrong.map((signature) => ({ headers: { ...headers, [platform.signature]: signature }, body })),
    ];
    // A token is the same for all that Telegram sends.
    if (platform !== telegram) {
      deliveries.push({ headers, body: signed(platform, other).body }, { headers, body: `${body} ` });
    }
    for (const delivery of deliveries) expect(await deliver(sender, delivery)).toBe(401);
    expect(gate.bodies).toEqual([]);
  });

  test.runIf(platform.signsTime)('refuses what was signed long ago, or is of a time to come', async () => {
    const sender = await startSender(platform);
    const [payload = {}] = messages;
    const { headers, body } = signed(platform, payload);
    const [time = ''] = Object.keys(headers).filter((name) => name.endsWith('timestamp'));
    const deliveries = [
      signed(platform, payload, now() - 600),
      signed(platform, payload, now() + 3_600),
      signed(platform, payload, Number.NaN),
      // A time beside an old signature.
      { headers: { ...signed(platform, payload, now() - 600).headers, [time]: String(now()) }, body },
    ];
    for (const delivery of deliveries) expect(await deliver(sender, delivery)).toBe(401);
    expect(gate.bodies).toEqual([]);
    // Within the minutes in which it may be sent again it is the same message.
    for (let sent = 0; sent < 2; sent += 1) expect(await deliver(sender, { headers, body })).toBe(200);
    expect((await figures(sender)).total).toEqual({ conversationCount: 1, messageCount: 1 });
  });

  test.each(['down', 'answers lost'] as const)(
    'has messages sent again while the service is: %s',
    async (mode) => {
      const sender = await startSender(platform);
      gate.mode = mode;
      for (const payload of messages) expect(await deliver(sender, signed(platform, payload))).toBe(503);
      gate.mode = 'open';
      for (const payload of messages) expect(await deliver(sender, signed(platform, payload))).toBe(200);
      expect(await figures(sender)).toEqual(story(platform));
    },
  );

  test('tells nothing of what it cannot read, and has it sent again', async () => {
    const sender = await startSender(platform);
    const body = platform.unreadable;
    expect(await deliver(sender, { headers: platform.headers(body, now()), body })).toBe(500);
    expect(gate.bodies).toEqual([]);
  });

  test('answers no other method', async () => {
    const sender = await startSender(platform);
    const answers = await Promise.all(['PUT', 'DELETE'].map((method) => fetch(sender.url, { method })));
    expect(answers.map(({ status }) => status)).toEqual([405, 405]);
  });
});

test('Slack is answered with its challenge, where it is signed', async () => {
  const sender = await startSender(slack);
  const { headers, body } = signed(slack, {
    type: 'url_verification',
    token: 'z26',
    challenge: '3eZbrw1aB<b>',
  });
  const answers = [
    await fetch(sender.url, { method: 'POST', headers, body }),
    await fetch(sender.url, { method: 'POST', headers: { ...headers, 'x-slack-signature': 'v0=' }, body }),
  ];
  expect(await Promise.all(answers.map(statusAndText))).toEqual([
    [200, '3eZbrw1aB<b>'],
    [401, ''],
  ]);
  expect(answers[0]?.headers.get('content-type')).toBe('text/plain');
});

test('a retry of Slack is recorded as well: the first one may have been lost', async () => {
  const sender = await startSender(slack);
  for (const payload of slack.messages) {
    const { headers, body } = signed(slack, payload);
    const retried = { ...headers, 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' };
    expect(await deliver(sender, { headers: retried, body })).toBe(200);
  }
  expect(await figures(sender)).toEqual(story(slack));
});

test.each([
  ['hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-me', [200, '1158201444']],
  ['hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-m', [403, '']],
  ['hub.mode=unsubscribe&hub.challenge=1158201444&hub.verify_token=verify-me', [403, '']],
  ['', [403, '']],
])('WhatsApp is shown that the address is ours: %s', async (query, answered) => {
  const { url } = await startSender(whatsapp);
  expect(await statusAndText(await fetch(`${url}/?${query}`))).toEqual(answered);
});

test('more WhatsApp messages than one request of the service takes are all recorded', async () => {
  const sender = await startSender(whatsapp);
  const messages = Array.from({ length: 501 }, (_, index) => ({
    from: `1650555${index % 7}`,
    id: `wamid.${index}`,
    timestamp: String(SENT + index),
    type: 'text',
    text: { body: WRITTEN },
  }));
  const value = { metadata: { phone_number_id: '106540352242922' }, messages };
  const payload = { entry: [{ id: '1', changes: [{ field: 'messages', value }] }] };
  for (let sent = 0; sent < 2; sent += 1) expect(await deliver(sender, signed(whatsapp, payload))).toBe(200);
  expect((await figures(sender)).total).toEqual({ conversationCount: 7, messageCount: 501 });
});

test('a WhatsApp message by way of Twilio is one of another channel', async () => {
  const sender = await startSender(twilio);
  const [message = {}] = twilio.messages;
  const payload = {
    ...message,
    From: 'whatsapp:+14155550100',
    To: 'whatsapp:+14155238886',
    ProfileName: CALLED,
  };
  const { headers, body } = signed(twilio, payload);
  const answer = await fetch(sender.url, { method: 'POST', headers, body });
  expect([...(await statusAndText(answer)), answer.headers.get('content-type')]).toEqual([
    200,
    '<Response></Response>',
    'text/xml',
  ]);
  expect((await figures(sender)).channels).toEqual([
    { channelId: 'twilio-whatsapp', messageCount: 1, conversationCount: 1 },
  ]);
});

test('what the service will never take is not asked for again, and told by its code alone', async () => {
  const sender = await startSender(telegram);
  const [message] = [{ message_id: 7, from: { id: 1 }, chat: { id: 5 }, date: 1_000_000_000, text: WRITTEN }];
  expect(await deliver(sender, signed(telegram, { update_id: 1, message }))).toBe(200);
  expect(await endOf(sender.program)).toContain('\nMessages were rejected: too_old\n');
});

test('what is too large is refused before it is read', async () => {
  const sender = await startSender(telegram);
  expect(await deliver(sender, signed(telegram, { text: WRITTEN.repeat(200_000) }))).toBe(413);
});

test('a sender is the handler of a Lambda function URL, too', async () => {
  const { peerId } = await startSender(slack);
  const [payload = {}] = slack.messages;
  const { headers, body } = signed(slack, payload);
  const event = {
    rawQueryString: '',
    headers,
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { http: { method: 'POST' } },
  };
  const script = `const { handler } = await import('./examples/senders/slack.mjs');
    const refused = { ...${JSON.stringify(event)}, body: 'e30=' };
    console.log(JSON.stringify([await handler(${JSON.stringify(event)}), await handler(refused)]));`;
  const lambda = new Program(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: REPOSITORY,
    env: {
      ...slack.environment,
      CHANNEL_USAGE_API_KEY: host.apiKey,
      SERVICE_URL: gate.url,
      PEER_ID: peerId,
    },
  });
  const { stdout } = await lambda.exit;
  expect(JSON.parse(stdout)).toEqual([
    { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: '' },
    { statusCode: 401, headers: { 'content-type': 'text/plain' }, body: '' },
  ]);
  expect((await statsWith(host, peerId, 1)).total.messageCount).toBe(1);
});

test('a sender without its settings says which are missing', async () => {
  const program = new Program(process.execPath, ['examples/senders/slack.mjs'], {
    cwd: REPOSITORY,
    env: { PEER_ID: 'peer_mine' },
  });
  const { code, stderr } = await program.exit;
  expect([code, stderr]).toEqual([
    1,
    'Set CHANNEL_USAGE_API_KEY, SLACK_SIGNING_SECRET: see examples/senders/README.md.\n',
  ]);
});

describe('what was imported and what comes live is the same', () => {
  test.each(EXPORTED)('$platform.name', async (exported) => {
    const { platform } = exported;
    const sender = await startSender(platform);
    const imported = await messagesOfExport(exported, await temporaryFolder());
    const sent = imported.map((message) => ({ ...message, sentAt: new Date(message.sentAt).toISOString() }));
    const { body } = await postMessages(host, sender.peerId, sent);
    expect(body).toMatchObject({ recorded: platform.messages.length, rejected: [] });
    for (const payload of platform.messages) {
      expect(await deliver(sender, signed(platform, payload))).toBe(200);
    }
    // Not only by its identity, which alone decides: whichever is first, the same is stored.
    expect(gate.bodies.flatMap(messagesIn)).toEqual(sent);
    expect((await figures(sender)).total.messageCount).toBe(platform.messages.length);
  });
});

test('no text, no name and nothing else that was not asked for is kept, sent on or logged', async () => {
  const own = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
  const way = await Gate.before(own.url);
  const said: string[] = [];
  for (const platform of PLATFORMS) {
    const sender = await startSender(platform, own, way);
    const { messages, again, others, unreadable } = platform;
    for (const payload of [...messages, ...again, ...others])
      await deliver(sender, signed(platform, payload));
    await deliver(sender, { headers: platform.headers(unreadable, now()), body: unreadable });
    await statsWith(own, sender.peerId, 3);
    said.push(await endOf(sender.program));
  }
  await way.close();
  own.process.kill();
  await own.exit;
  const entries = await readdir(own.dataFolder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const kept = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')));
  const found = [...kept, ...way.bodies, ...said].join('\n');
  // What is looked for would be found: the ids of what was sent are.
  for (const id of ['C0ZEBRA01', 'chatwoot-inbox-2', '1959906311', 'wamid.', 'twilio-sms']) {
    expect(kept.join('\n')).toContain(id);
  }
  expect(said.join('\n')).toContain('A request could not be read: SyntaxError');
  for (const text of TEXTS) expect(found.replaceAll('C0ZEBRA01', '')).not.toContain(text);
});

function messagesIn(body: string): Record<string, unknown>[] {
  return recordRequest.parse(JSON.parse(body)).messages;
}

async function statusAndText(answer: Response): Promise<[number, string]> {
  return [answer.status, await answer.text()];
}
