import * as z from 'zod';
import { SHARE_DAYS } from '../../../../functions/shared/domain/findings/shares.ts';
import { GROWTH_WEEKS } from '../../../../functions/shared/domain/growth.ts';
import { INTERVALS } from '../../../../functions/shared/domain/interval.ts';
import { OVERVIEW_DAYS, OVERVIEW_SORTS } from '../../../../functions/shared/domain/overview.ts';
import { addDays } from '../../../../functions/shared/domain/utc-day.ts';
import type { ChannelUsageClient, Comparison, Trust } from '../../../client/src/index.ts';
import { from, include, maxChannels, peerId, to, toolArguments } from './arguments.ts';
import { quoted, type Reading } from './reading.ts';

// Each tool reads one thing, over the API. Its description is what a model chooses by. Trust is read before the figures:
// what it says is counted is in them then.

const MOST_FINDINGS = 50;
const MOST_PEERS = 50;

/** What a tool is. */
export interface Tool<Arguments extends z.ZodType = z.ZodType> {
  name: string;
  title: string;
  description: string;
  arguments: Arguments;
  read: (given: unknown, client: ChannelUsageClient) => Promise<Reading & { peerId?: string }>;
}

function tool<Arguments extends z.ZodType>(
  words: Pick<Tool, 'name' | 'title' | 'description'>,
  given: Arguments,
  read: (given: z.output<Arguments>, client: ChannelUsageClient) => Promise<Reading & { peerId?: string }>,
): Tool<Arguments> {
  return { ...words, arguments: given, read: (values, client) => read(given.parse(values), client) };
}

const listPeers = tool(
  {
    name: 'list_peers',
    title: 'List peers by attention',
    description:
      'Which peers (AI agents, chatbots) there are and how much they were used in the last complete days, compared with as many days before, with the number of warnings of each. Those that need attention come first. Start here when no peer is named. For the next page give the cursor of the answer; null: there is none.',
  },
  toolArguments({
    days: z
      .exactOptional(z.int().min(OVERVIEW_DAYS.least).max(OVERVIEW_DAYS.most))
      .describe(`Of how many complete days; ${OVERVIEW_DAYS.default} unless given.`),
    sort: z
      .exactOptional(z.enum(OVERVIEW_SORTS))
      .describe('attention unless given. By name for more than 1,000 peers.'),
    search: z.exactOptional(z.string().min(1).max(128)).describe('A part of the ids.'),
    limit: z.int().min(1).max(MOST_PEERS).default(20).describe('How many peers to tell at most.'),
    cursor: z.exactOptional(z.string()).describe('The cursor of the page before.'),
  }),
  async (query, client) => {
    // Heartbeats pass for all peers: up to when one of them is counted, all are.
    const [any] = (await client.listPeers({ limit: 1 })).peers;
    const countedThrough = any === undefined ? null : (await client.getTrust(any.peerId)).countedThrough;
    const answer = await client.getOverview(query);
    const lines = answer.peers.map(
      (peer) =>
        `${quoted(peer.peerId)}: ${compared('messages', peer.messages)}, warnings: ${peer.warnings}, last message ${peer.lastMessageAt ?? 'never'}, ${peer.trust}`,
    );
    if (lines.length === 0) lines.push('There is no such peer that the key may read.');
    if (answer.cursor !== null) lines.push('There are more peers: ask with the cursor.');
    const { query: asked } = answer;
    return {
      range: { from: asked.from, to: asked.to },
      countedThrough,
      answer,
      lines,
    };
  },
);

const channelStats = tool(
  {
    name: 'get_channel_stats',
    title: 'Usage per channel',
    description:
      "How many users' messages and conversations each channel of a peer had, with its share, last message and status: all-time, or in a range of days. With compare, each figure stands beside that of as many days right before the range.",
  },
  toolArguments({
    peerId,
    from,
    to,
    compare: z.boolean().default(false).describe('Compare with the days before; needs from, to or both.'),
    include,
    maxChannels,
  }),
  async ({ peerId, maxChannels, compare, include = [], ...range }, client) => {
    const trust = await client.getTrust(peerId);
    const stats = await client.getChannelStats(peerId, {
      ...range,
      include: ['percentage', 'activity', ...include],
      ...(compare && { compare: 'previous' }),
    });
    const channels = stats.channels.slice(0, maxChannels);
    const { messageCount, conversationCount, previous } = stats.total;
    return {
      peerId,
      range: { from: range.from ?? trust.firstCountedDay, to: range.to ?? dayOfAnswer(trust) },
      ...told(trust),
      answer: { ...stats, channels },
      leftOut: stats.channels.length - channels.length,
      lines: [
        `In all ${messageCount} messages, ${conversationCount} conversations${changed(previous?.messages)}.`,
        ...channels.map(
          (channel) =>
            `${named(channel)}: ${channel.messageCount} messages (${channel.percentage ?? 0}%), ${channel.conversationCount} conversations${changed(channel.previous?.messages)}`,
        ),
      ],
    };
  },
);

const history = tool(
  {
    name: 'get_history',
    title: 'Usage over time',
    description:
      'Messages and conversations of a peer in each day, week (from Monday) or month of a range, per channel and in total, with running totals. The last 30 days by day unless asked otherwise. A bucket that is not over has complete: false.',
  },
  toolArguments({
    peerId,
    from,
    to,
    interval: z.exactOptional(z.enum(INTERVALS)).describe('day unless given.'),
    include,
    maxChannels,
  }),
  async ({ peerId, maxChannels, ...query }, client) => {
    const trust = await client.getTrust(peerId);
    const usage = await client.getHistory(peerId, query);
    const { parts, leftOut } = withFewerChannels(usage.buckets, maxChannels);
    return {
      peerId,
      range: { from: usage.query.from, to: usage.query.to },
      ...told(trust),
      answer: { ...usage, buckets: parts },
      leftOut,
      lines: parts.map(
        ({ start, end, complete, total }) =>
          `${start === end ? start : `${start} to ${end}`}: ${total.messageCount} messages, ${total.conversationCount} conversations${complete ? '' : ' (not complete)'}`,
      ),
    };
  },
);

const growth = tool(
  {
    name: 'get_growth',
    title: 'Week over week',
    description:
      'How the messages and conversations of a peer changed from week to week, per channel and in total, the newest week first. A week is seven complete days, the newest one ends yesterday.',
  },
  toolArguments({
    peerId,
    weeks: z
      .exactOptional(z.int().min(GROWTH_WEEKS.least).max(GROWTH_WEEKS.most))
      .describe(`How many weeks; ${GROWTH_WEEKS.default} unless given.`),
    include,
    maxChannels,
  }),
  async ({ peerId, maxChannels, ...query }, client) => {
    const trust = await client.getTrust(peerId);
    const answer = await client.getGrowth(peerId, query);
    const { parts, leftOut } = withFewerChannels(answer.weeks, maxChannels);
    const { through, weeks } = answer.query;
    return {
      peerId,
      range: { from: addDays(through, 1 - 7 * weeks), to: through },
      ...told(trust),
      answer: { ...answer, weeks: parts },
      leftOut,
      lines: parts.map(
        ({ start, end, total }) =>
          `${start} to ${end}: ${compared('messages', total.messages)}, ${compared('conversations', total.conversations)}`,
      ),
    };
  },
);

const health = tool(
  {
    name: 'get_health',
    title: 'What needs attention',
    description:
      'What is wrong or worth knowing of the channels of a peer: inactive or dominant ones, drops and spikes of traffic, new channels, counting that is behind; each with the numbers that it was judged on. Judged on complete days.',
  },
  toolArguments({ peerId }),
  async ({ peerId }, client) => {
    const trust = await client.getTrust(peerId);
    const judged = await client.getHealth(peerId);
    const findings = judged.findings.slice(0, MOST_FINDINGS);
    const yesterday = addDays(dayOfAnswer(trust), -1);
    return {
      peerId,
      range: { from: addDays(yesterday, 1 - SHARE_DAYS), to: yesterday },
      ...told(trust),
      answer: { ...judged, findings },
      leftOut: judged.findings.length - findings.length,
      lines: [
        `Status: ${judged.status}.`,
        // A message names its channel as a person called it.
        ...findings.map(({ severity, code, message }) => `${severity}, ${code}: ${quoted(message)}`),
      ],
    };
  },
);

const report = tool(
  {
    name: 'get_report',
    title: 'Monthly report',
    description:
      'The report of a peer on a month or on everything: totals, market share and engagement of each channel, messages per conversation, and the change against the month before.',
  },
  toolArguments({
    peerId,
    period: z
      .exactOptional(z.string().regex(/^(all|\d{4}-\d{2})$/, 'it must be a month, as YYYY-MM, or all'))
      .describe('A month, YYYY-MM, or all; what the service takes for it unless given.'),
    include,
    maxChannels,
  }),
  async ({ peerId, maxChannels, ...query }, client) => {
    const trust = await client.getTrust(peerId);
    const answer = await client.getReport(peerId, query);
    const channels = answer.channels.slice(0, maxChannels);
    const { totalMessages, totalConversations, channelCount } = answer.overview;
    return {
      peerId,
      range: { from: answer.range.from, to: answer.range.to },
      ...told(trust),
      answer: { ...answer, channels },
      leftOut: answer.channels.length - channels.length,
      lines: [
        `${answer.period}: ${totalMessages} messages, ${totalConversations} conversations, ${channelCount} channels${changed(answer.change?.messages)}.`,
        ...channels.map(
          ({ name, channelId, messages, conversations, marketShare, engagement }) =>
            `${named({ channelName: name, channelId })}: ${messages} messages, ${conversations} conversations, ${marketShare}, engagement ${engagement}`,
        ),
      ],
    };
  },
);

const trust = tool(
  {
    name: 'get_trust',
    title: 'Whether figures may be believed',
    description:
      'Whether the figures of a peer may be believed, and up to when: every message that was recorded until countedThrough is in them. Ask when a figure is zero, or lower than expected.',
  },
  toolArguments({ peerId, maxChannels }),
  async ({ peerId, maxChannels }, client) => {
    const answer = await client.getTrust(peerId);
    const channels = answer.channels.slice(0, maxChannels);
    const { quarantined, givenUp } = answer.notCounted;
    return {
      peerId,
      range: { from: answer.firstCountedDay, to: dayOfAnswer(answer) },
      ...told(answer),
      answer: { ...answer, channels },
      leftOut: answer.channels.length - channels.length,
      lines: [
        `Not counted: ${quarantined} quarantined, ${givenUp} given up.`,
        ...channels.map(
          ({ channelId, lastMessageAt }) => `${quoted(channelId)}: last message ${lastMessageAt ?? 'never'}`,
        ),
      ],
    };
  },
);

/** All tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [listPeers, channelStats, history, growth, health, report, trust];

function told({ status, countedThrough }: Trust): Pick<Reading, 'trust' | 'countedThrough'> {
  return { trust: status, countedThrough };
}

/** The day (UTC) on which an answer was given, by the clock of the service. */
function dayOfAnswer({ asOf }: Trust): string {
  return asOf.slice(0, 'YYYY-MM-DD'.length);
}

/** Keeps the first channels of each part: they are those with the most messages of it. */
function withFewerChannels<Part extends { channels: readonly unknown[] }>(
  parts: readonly Part[],
  most: number,
): { parts: Part[]; leftOut: number } {
  return {
    parts: parts.map((part) => ({ ...part, channels: part.channels.slice(0, most) })),
    leftOut: Math.max(0, ...parts.map(({ channels }) => channels.length - most)),
  };
}

function named({ channelName, channelId }: { channelName: string; channelId: string }): string {
  return `${quoted(channelName)} (${quoted(channelId)})`;
}

function compared(what: string, { current, ...change }: Comparison): string {
  return `${current} ${what}${changed({ current, ...change })}`;
}

function changed(comparison: Comparison | undefined): string {
  if (comparison === undefined) return '';
  const { previous, changePercent } = comparison;
  if (previous === null) return ' (nothing to compare with)';
  return ` (before: ${previous}${changePercent === null ? '' : `, ${changePercent > 0 ? '+' : ''}${changePercent}%`})`;
}
