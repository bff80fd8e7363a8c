import type { DynamoDBRecord } from 'aws-lambda';
import type { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import type { Heartbeat } from '../../functions/shared/domain/heartbeat.ts';
import { endOfMark } from '../../functions/shared/domain/history-mark.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { DAY_MS, dayOf, type EpochMillis, MINUTE_MS } from '../../functions/shared/domain/utc-day.ts';
import { heartbeatItem } from '../../functions/shared/store/items/heartbeat.ts';
import type { Key } from '../../functions/shared/store/items/keys.ts';
import { historyItem, messageItem } from '../../functions/shared/store/items/message.ts';
import { keepOutOfLogs } from '../support/logs/log-watch.ts';
import type { Random } from '../support/random.ts';

/** How a message came to be put once more under its own key: its stored item was gone. */
export const WAYS_TO_COME_AGAIN = [
  'forgotten, and sent again on another day',
  'expired, and sent again on another day',
  'deleted, and put again by a direct writer on another day',
  'deleted, and put again by a direct writer on another channel',
] as const;
export type WayToComeAgain = (typeof WAYS_TO_COME_AGAIN)[number];

/** A message and the record that the stream makes of it. */
export interface Sent {
  message: Message;
  record: DynamoDBRecord;
  /** Whether the record was spoilt, so that it has to be quarantined. */
  isPoison: boolean;
  /** Where an item of the same identity was put before, and is gone. */
  cameAgain?: WayToComeAgain;
  /** Whether it is of a history of years ago, which an operator imports. */
  isOld?: boolean;
}

export const RETENTION_DAYS = 400;

/**
 * What a history is about: days that are over, of one peer; whether there are many of them, of two months; or one channel
 * of one peer, whose messages were all sent within a few minutes.
 */
export interface HistoryKind {
  ofOnePeer: boolean;
  ofManyDays: boolean;
  ofOneChannel: boolean;
}

/** A few messages of a few peers, channels and conversations, around an instant. */
export function randomHistory(
  random: Random,
  now: EpochMillis,
  { ofOnePeer, ofManyDays, ofOneChannel }: HistoryKind,
): Sent[] {
  const peers = ['p', 'p#', 'q'].slice(0, ofOnePeer || ofOneChannel ? 1 : random.integer(1, 3));
  // Days of one peer are sealed in several transactions where they have several channels.
  const mostChannels = ofOnePeer ? 3 : 2;
  const channels = ['direct', 'c#1', 'd'].slice(0, ofOneChannel ? 1 : random.integer(1, mostChannels));
  const conversations = ['a', 'b', 'c', 'd', 'e'].slice(0, random.integer(1, 5));
  // Few instants, so that many messages share theirs.
  const instants = Array.from({ length: random.integer(ofManyDays ? 3 : 1, 6) }, () =>
    ofManyDays
      ? now - random.integer(DAY_MS, 13 * DAY_MS)
      : ofOneChannel || random.chance(ofOnePeer ? 0.15 : 0.6)
        ? now - random.integer(0, 10 * MINUTE_MS)
        : now - random.integer(ofOnePeer ? DAY_MS : 0, 4 * DAY_MS),
  );
  const poisonProbability = random.chance(0.3) ? 0.15 : 0;
  const sent: Sent[] = [];
  const [least, most] = ofManyDays ? [10, 28] : ofOnePeer ? [8, 20] : ofOneChannel ? [10, 20] : [3, 16];
  const amount = random.integer(least, most);
  for (let number = 0; number < amount; number += 1) {
    const message: Message = {
      peerId: random.pick(peers),
      conversationId: random.pick(conversations),
      messageId: `m${number}`,
      channelId: random.pick(channels),
      role: random.chance(0.9) ? 'user' : random.pick(['assistant', 'system', 'tool']),
      sentAt: random.pick(instants),
      ...(random.chance(0.5) && { channelName: 'A name' }),
      ...(random.chance(0.3) && { galleryKey: 'slack' }),
    };
    const isPoison = random.chance(poisonProbability);
    sent.push({ message, record: streamRecord(message, number + 1, isPoison), isPoison });
  }
  return random.chance(0.5) ? [...sent, ...comingAgain(random, sent, now)] : sent;
}

/** Some of the messages once more, each put again under its own key after its stored item had gone. */
function comingAgain(random: Random, sent: readonly Sent[], now: EpochMillis): Sent[] {
  return random
    .shuffled(sent)
    .slice(0, random.integer(1, 3))
    .map(({ message: before, isPoison }, index) => {
      const way = random.pick(WAYS_TO_COME_AGAIN);
      const message =
        way === 'deleted, and put again by a direct writer on another channel'
          ? { ...before, channelId: 'another' }
          : { ...before, sentAt: instantOnAnotherDay(random, before.sentAt, now) };
      const record = streamRecord(message, sent.length + index + 1, isPoison);
      return { message, record, isPoison, cameAgain: way };
    });
}

/** Whatever is sent again without its instant was sent now; a direct writer gives any. */
function instantOnAnotherDay(random: Random, sentAt: EpochMillis, now: EpochMillis): EpochMillis {
  const instants = [now, now - DAY_MS, now - 3 * DAY_MS, now - 6 * DAY_MS];
  return random.pick(instants.filter((instant) => dayOf(instant) !== dayOf(sentAt)));
}

/**
 * Some of the messages of a history, as an operator imports them who has a history of years ago: sent then, put now, with
 * the mark by which they count. Some have the mark of another message, and so have to be quarantined.
 *
 * @param now when they are put
 * @param mayForge whether some may have the mark of another one
 */
export function withOldOnes(
  random: Random,
  sent: readonly Sent[],
  { now, fingerprints, mayForge }: { now: EpochMillis; fingerprints: Fingerprints; mayForge: boolean },
): Sent[] {
  const instants = Array.from(
    { length: random.integer(1, 3) },
    () => now - random.integer(900, 960) * DAY_MS,
  );
  const share = random.pick([0.3, 0.6, 1]);
  const forgery = random.pick([0, 0.1]);
  return sent.map((one, index) => {
    if (one.isPoison || one.cameAgain !== undefined || !random.chance(share)) return one;
    const message = { ...one.message, sentAt: random.pick(instants) };
    const isForged = message.role === 'user' && random.chance(forgery) && mayForge;
    const marked = isForged ? { ...message, messageId: `${message.messageId} as well` } : message;
    const mark = fingerprints.historyMark(marked, endOfMark(now));
    const record = insertion(historyItem(message, mark, RETENTION_DAYS), now, index + 1);
    return { message, record, isPoison: isForged, isOld: true };
  });
}

/** The stream's record of a message that was put. */
export function streamRecord(message: Message, sequenceNumber: number, isPoison = false): DynamoDBRecord {
  const item = messageItem(message, RETENTION_DAYS);
  keepOutOfLogs([message.conversationId, message.messageId, message.channelName]);
  const image = isPoison ? { ...item, schemaVersion: 99 } : item;
  return insertion(image, message.sentAt, sequenceNumber);
}

/** The stream's record of a heartbeat that was put. */
export function heartbeatRecord(heartbeat: Heartbeat, sequenceNumber: number): DynamoDBRecord {
  return insertion(heartbeatItem(heartbeat), heartbeat.sentAt, sequenceNumber);
}

function insertion(
  item: Key & Record<string, string | number>,
  putAt: EpochMillis,
  sequenceNumber: number,
): DynamoDBRecord {
  return {
    eventID: `event-${sequenceNumber}`,
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(putAt / 1000),
      Keys: attributes({ pk: item.pk, sk: item.sk }),
      NewImage: attributes(item),
      SequenceNumber: String(sequenceNumber),
      StreamViewType: 'NEW_IMAGE',
    },
  };
}

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

/** The attribute values of an item of texts and numbers, as the stream carries them. */
function attributes(item: Record<string, string | number>): Image {
  const image: Image = {};
  for (const [name, value] of Object.entries(item)) {
    image[name] = typeof value === 'number' ? { N: String(value) } : { S: value };
  }
  return image;
}
