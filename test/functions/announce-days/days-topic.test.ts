import { type PublishBatchCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { CloudEvent, HTTP } from 'cloudevents';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DaysTopic } from '../../../functions/announce-days/days-topic.ts';
import { MAX_CHANNELS_PER_PEER } from '../../../functions/shared/domain/channel.ts';
import { parseDayChanged } from '../../../functions/shared/domain/day-announcement.ts';
import type { SealedDay } from '../../../functions/shared/domain/sealed-day.ts';
import { watchedLog } from '../../support/service/test-dependencies.ts';

const never = () => false;

function sealed(changes: Partial<SealedDay> = {}): SealedDay {
  return {
    peerId: 'p',
    day: '2026-11-21',
    revision: 3,
    changedAt: Date.parse('2026-11-22T00:05:07Z'),
    channels: [{ channelId: 'c', channelName: 'Name', messageCount: 5, conversationCount: 2 }],
    ...changes,
  };
}

const numbered = (howMany: number, changes: Partial<SealedDay> = {}) =>
  Array.from({ length: howMany }, (_, number) => sealed({ ...changes, peerId: `peer-${number}` }));

/** What SNS says to one call: which entries it refuses, or how the call fails. */
type Answer = { refused?: number[]; error?: Error };

/** A topic in a process of its own: what was published to it, call by call, and how often it was waited. */
function topicWith(answers: Answer[] = []) {
  const calls: string[][] = [];
  const logged: unknown[] = [];
  let pauses = 0;
  const client = new SNSClient({ region: 'local', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  client.middlewareStack.add(
    () => async (request) => {
      const { TopicArn, PublishBatchRequestEntries: entries = [] } = inputOf(request.input);
      expect(TopicArn).toBe('arn:aws:sns:local:1:days');
      const { refused = [], error } = answers[calls.length] ?? {};
      calls.push(entries.map(({ Message }) => Message ?? ''));
      if (error !== undefined) throw error;
      const output = {
        $metadata: {},
        Successful: entries.filter((_, index) => !refused.includes(index)).map(({ Id }) => ({ Id })),
        Failed: refused.map((index) => ({ Id: entries[index]?.Id, Code: 'InternalError', Message: 'busy' })),
      };
      return { output, response: {} };
    },
    { step: 'initialize', priority: 'high' },
  );
  const topic = new DaysTopic({
    client,
    topicArn: 'arn:aws:sns:local:1:days',
    source: '/1/local/stack',
    log: watchedLog((line) => logged.push(line)),
    waiting: {
      pause: async () => {
        pauses += 1;
      },
      deadline: () => new Promise(() => {}),
      random: () => 0.5,
    },
  });
  return { topic, calls, logged, pauses: () => pauses };
}

const batch = z.object({
  TopicArn: z.string(),
  PublishBatchRequestEntries: z.array(z.object({ Id: z.string(), Message: z.string() })),
});

function inputOf(input: object): PublishBatchCommandInput {
  return batch.parse(input);
}

describe('a message', () => {
  test('is a CloudEvent, as the library of CloudEvents reads it', async () => {
    const { topic, calls } = topicWith();
    await topic.announce([sealed({ peerId: 'Ä peer/of mine' })], never);
    const [[body = ''] = []] = calls;
    const event = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body });
    if (!(event instanceof CloudEvent)) throw new Error('no event was published');
    expect(event.validate()).toBe(true);
    expect(event.toJSON()).toEqual({
      specversion: '1.0',
      id: 'peer/%C3%84%20peer%2Fof%20mine/day/2026-11-21/revision/3',
      source: '/1/local/stack',
      type: 'org.channel-usage-analytics.day.changed',
      subject: 'peer/%C3%84%20peer%2Fof%20mine/day/2026-11-21',
      time: expect.stringMatching(/^2026-11-22T00:05:07(\.000)?Z$/),
      datacontenttype: 'application/json',
      data: {
        peerId: 'Ä peer/of mine',
        day: '2026-11-21',
        revision: 3,
        channels: [{ channelId: 'c', messageCount: 5, conversationCount: 2 }],
        total: { messageCount: 5, conversationCount: 2 },
      },
    });
  });

  test('has the same id for the same state of a day, and another one for any other', async () => {
    const { topic, calls } = topicWith();
    const days = [sealed(), sealed(), sealed({ revision: 4 }), sealed({ day: '2026-11-20' })];
    await topic.announce([...days, sealed({ peerId: 'p/day' })], never);
    const ids = calls.flat().map((text) => z.object({ id: z.string() }).parse(JSON.parse(text)).id);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(4);
  });

  test('holds a peer with as many channels as there can be, with the longest names', async () => {
    const { topic, calls } = topicWith();
    const channels = Array.from({ length: MAX_CHANNELS_PER_PEER }, (_, number) => ({
      // Quotation marks take twice the room in JSON.
      channelId: `${number}`.padEnd(128, '"'),
      channelName: 'x'.repeat(128),
      messageCount: Number.MAX_SAFE_INTEGER - number,
      conversationCount: Number.MAX_SAFE_INTEGER - number,
    }));
    await topic.announce([sealed({ peerId: 'Ä'.repeat(128), channels })], never);
    const [[text = ''] = []] = calls;
    expect(Buffer.byteLength(text)).toBeGreaterThan(150_000);
    expect(Buffer.byteLength(text)).toBeLessThan(256_000);
    expect(JSON.parse(text)).toMatchObject({
      data: { channels: { length: MAX_CHANNELS_PER_PEER }, total: expect.anything() },
    });
  });

  test('is carried by queues whatever ids are made of, if need be without its channels', async () => {
    const { topic, calls } = topicWith();
    const channels = Array.from({ length: MAX_CHANNELS_PER_PEER }, (_, number) => ({
      channelId: `${number}`.padEnd(85, '\uffff'),
      channelName: 'x',
      messageCount: 1,
      conversationCount: 1,
    }));
    await topic.announce([sealed({ peerId: '\ufffe', channels })], never);
    const [[text = ''] = []] = calls;
    expect(text).not.toMatch(/[\ufffe\uffff]/);
    expect(Buffer.byteLength(text)).toBeLessThan(256_000);
    const { data } = z.object({ data: z.record(z.string(), z.unknown()) }).parse(JSON.parse(text));
    expect(Object.keys(data)).not.toContain('channels');
    expect(parseDayChanged(text)).toEqual({ peerId: '\ufffe', day: '2026-11-21', revision: 3 });
  });
});

describe('publishing', () => {
  test('sends ten messages at a time, and no more bytes than SNS takes together', async () => {
    const few = topicWith();
    expect(await few.topic.announce(numbered(23), never)).toEqual(new Set());
    expect(few.calls.map((call) => call.length)).toEqual([10, 10, 3]);
    const large = topicWith();
    const channels = Array.from({ length: 300 }, (_, number) => ({
      channelId: `${number}`.padEnd(200, 'x'),
      channelName: 'x',
      messageCount: 1,
      conversationCount: 1,
    }));
    await large.topic.announce(numbered(7, { channels }), never);
    const sizes = large.calls.map((call) => call.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
    expect(large.calls.map((call) => call.length)).toEqual([3, 3, 1]);
    expect(sizes.filter((size) => size > 262_144)).toEqual([]);
  });

  test('sends an entry again that was refused, and nothing else', async () => {
    const { topic, calls, pauses } = topicWith([{ refused: [1] }, { refused: [0] }]);
    expect(await topic.announce(numbered(3), never)).toEqual(new Set());
    expect(calls.map((call) => call.length)).toEqual([3, 1, 1]);
    expect(calls[1]).toEqual([calls[0]?.[1]]);
    expect(pauses()).toBe(2);
  });

  test('gives back the day alone that is refused time and again, and says why', async () => {
    const { topic, logged } = topicWith([{ refused: [1] }, ...Array(4).fill({ refused: [0] })]);
    const days = numbered(12);
    expect(await topic.announce(days, never)).toEqual(new Set([days[1]]));
    expect(logged).toEqual([
      {
        level: 'error',
        message: 'SNS does not take announcements',
        fields: { days: 1, problems: ['InternalError: busy'] },
      },
    ]);
  });

  test('gives back all days of a call that fails, and goes on with the others', async () => {
    const error = new Error('no answer');
    const { topic, logged } = topicWith(Array(5).fill({ error }));
    const days = numbered(12);
    expect(await topic.announce(days, never)).toEqual(new Set(days.slice(0, 10)));
    expect(logged).toEqual([
      expect.objectContaining({ fields: { days: 10, problems: ['Error: no answer'] } }),
    ]);
  });

  test('begins nothing once it is out of time', async () => {
    const { topic, calls } = topicWith();
    const days = numbered(25);
    let looks = 0;
    expect(await topic.announce(days, () => ++looks > 1)).toEqual(new Set(days.slice(10)));
    expect(calls).toHaveLength(1);
  });
});
