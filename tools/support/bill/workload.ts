import { DEFAULT_EVENT_SOURCE } from '../../../functions/count-messages/event-source.ts';
import { HEARTBEAT_KEYS } from '../../../functions/shared/domain/heartbeat.ts';
import {
  DEFAULT_COUNTER_RETENTION_DAYS,
  DEFAULT_MESSAGE_RETENTION_DAYS,
} from '../../../functions/shared/runtime/settings.ts';
import { ASSUMED, STACK } from './measured.ts';

export const DAYS_A_MONTH = 30;
export const SECONDS_A_DAY = 86_400;

/** What happens on a day, and how the service is set up for it. */
export interface Workload {
  peers: number;
  /** Those of all peers together. */
  messagesPerDay: number;
  /** On how many channels a peer has messages on a day, where it has as many messages. */
  channels: number;
  /** How many of the messages begin a conversation, from 0 to 1. */
  conversationShare: number;
  /** How many messages of the same peer and channel come in a batch. */
  sameChannel: number;
  /** The most messages of a batch, and how long they are gathered for it. */
  batchSize: number;
  batchingWindowSeconds: number;
  /** How many messages one request records; 0 where they are put into the table without a request. */
  messagesPerRequest: number;
  /** How often the figures of each peer are asked for. */
  readsPerDay: number;
  messageRetentionDays: number;
  counterRetentionDays: number;
  heartbeatKeys: number;
  /** Consumers of days beside the one that comes with the stack. */
  furtherConsumers: number;
  /** For how long markers and figures, which stay for ever, have been stored. */
  years: number;
}

export const DEFAULT_WORKLOAD: Workload = {
  peers: 1_000,
  messagesPerDay: 16_000,
  channels: 4,
  conversationShare: 0.2,
  sameChannel: 1,
  batchSize: DEFAULT_EVENT_SOURCE.batchSize,
  batchingWindowSeconds: DEFAULT_EVENT_SOURCE.batchingWindowSeconds,
  messagesPerRequest: 10,
  readsPerDay: 100,
  messageRetentionDays: DEFAULT_MESSAGE_RETENTION_DAYS,
  counterRetentionDays: DEFAULT_COUNTER_RETENTION_DAYS,
  heartbeatKeys: HEARTBEAT_KEYS.default,
  furtherConsumers: 0,
  years: 1,
};

/** What happens on a day, in numbers. */
export interface Day {
  /** Peers with messages, and the days of channels that they have. */
  activePeers: number;
  channels: number;
  conversations: number;
  /** Of count-messages: those with messages, and those with heartbeats alone. */
  batches: number;
  heartbeatBatches: number;
  requests: number;
  answers: number;
}

/** What a workload makes happen on a day. */
export function dayOf(workload: Workload): Day {
  const { peers, messagesPerDay, channels, conversationShare, messagesPerRequest, readsPerDay } = workload;
  const activePeers = Math.min(peers, messagesPerDay);
  return {
    activePeers,
    channels: Math.min(activePeers * channels, messagesPerDay),
    conversations: messagesPerDay * conversationShare,
    batches: batchesOf(workload),
    heartbeatBatches: ASSUMED.shards * STACK.runsADay['send-heartbeats'],
    requests: messagesPerRequest === 0 ? 0 : messagesPerDay / messagesPerRequest,
    answers: peers * readsPerDay,
  };
}

/** A batch begins with a message, and gathers for a while or until it is full; then the next message begins one. */
function batchesOf({ messagesPerDay, sameChannel, batchSize, batchingWindowSeconds }: Workload): number {
  const groups = messagesPerDay / sameChannel;
  if (groups === 0) return 0;
  const secondsBetween = (SECONDS_A_DAY * ASSUMED.shards) / groups;
  const byTime = (SECONDS_A_DAY * ASSUMED.shards) / (batchingWindowSeconds + secondsBetween);
  return Math.max(byTime, messagesPerDay / batchSize);
}
