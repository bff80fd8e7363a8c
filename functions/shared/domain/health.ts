import * as z from 'zod/mini';
import { channelNameOf, labelOf } from './channel.ts';
import { countsByPeriod, listedChannels, type PeerUsage } from './channel-stats.ts';
import { compareTexts } from './compare-texts.ts';
import { component, described } from './described.ts';
import { displayNames, namedBy } from './display-names.ts';
import { countingBehind } from './findings/counting-behind.ts';
import type { PeerUse } from './findings/finding.ts';
import { anyFinding, type ChannelFinding, FINDINGS, type Finding } from './findings/findings.ts';
import { orderInWords } from './findings/in-words.ts';
import type { HealthSettings } from './health-settings.ts';
import { daysBetween } from './interval.ts';
import type { CountingLag } from './trust.ts';
import { addDays, type UtcDay } from './utc-day.ts';

/** The answer of health: how a peer's channels are. */
export const healthAnswer = component(
  'Health',
  "How a peer's enabled channels are.",
  z.object({
    status: described(
      z.enum(['ok', 'attention']),
      '`attention` where there is a finding whose severity is `warning`, else `ok`.',
    ),
    findings: described(
      z.array(anyFinding),
      `${orderInWords()} Those of one code are ordered by \`channelId\`.`,
    ),
  }),
);
export type Health = z.output<typeof healthAnswer>;

export interface HealthQuery {
  /** The last day that is judged: the last one that is over. */
  through: UtcDay;
  settings: HealthSettings;
}

/** The first day whose counters health needs: the earliest one that a rule looks at. */
export function firstDayOfHealth(through: UtcDay): UtcDay {
  return addDays(through, -Math.max(...FINDINGS.map(({ reachesBack }) => reachesBack)));
}

/**
 * What needs attention, or is good to know, about the enabled channels of a peer. Others are not judged,
 * and are in no total.
 *
 * Complete days are judged, and no finding follows from too little history. Of today there is but one
 * thing to say: a channel with a message today is not inactive.
 *
 * @param usage every channel, with every counter of an open day and every one from `firstDayOfHealth` on,
 *   also those of the days after `through`
 * @returns the findings in the order of `FINDINGS`; those of one kind by `channelId`
 */
export function health(usage: PeerUsage, query: HealthQuery): Health {
  const findings: Finding[] = judgedPeer(usage, query).findings;
  const needsAttention = findings.some(({ severity }) => severity === 'warning');
  return { status: needsAttention ? 'attention' : 'ok', findings };
}

/** What was found about a peer's enabled channels. */
export interface JudgedPeer {
  /** The last day that was judged. */
  through: UtcDay;
  /** In the order in which health answers them. */
  findings: ChannelFinding[];
  /** What every channel of the peer is called, by its id; among those that were judged no two have the same name. */
  channelNames: ReadonlyMap<string, string>;
}

/**
 * Judges the enabled channels of a peer as `health` does.
 *
 * @param usage as `health` needs it
 */
export function judgedPeer(usage: PeerUsage, { through, settings }: HealthQuery): JudgedPeer {
  const peer = peerUse(usage, through);
  return {
    through,
    findings: FINDINGS.flatMap((finding): ChannelFinding[] => finding.findIn(peer, settings)),
    channelNames: new Map([
      ...usage.channels.map((channel) => [channel.channelId, channelNameOf(channel)] as const),
      ...peer.channels.map(({ channel, name }) => [channel.channelId, name] as const),
    ]),
  };
}

/**
 * The answer where counting has not passed the last day that is over: that it has not, and nothing else, as all other
 * findings rest on that day.
 *
 * @returns nothing where it has
 */
export function unjudged(lag: CountingLag, through: UtcDay): Health | undefined {
  const findings = countingBehind.findIn(lag, through);
  return findings.length === 0 ? undefined : { status: 'attention', findings };
}

function peerUse(usage: PeerUsage, through: UtcDay): PeerUse {
  const judged = listedChannels(usage, new Set());
  const daysRead = daysBetween(firstDayOfHealth(through), through) + 1;
  const countsOf = countsByPeriod(usage, judged, daysRead, (day) => daysBetween(day, through));
  const names = displayNames(judged.map(labelOf));
  const daysOf = Map.groupBy(usage.days, ({ channelId }) => channelId);
  const channels = judged
    .toSorted((a, b) => compareTexts(a.channelId, b.channelId))
    .map((channel) => ({
      channel,
      name: namedBy(names.get(channel.channelId) ?? { name: channel.channelId }, (name) => name),
      days: daysOf.get(channel.channelId) ?? [],
      messages: (countsOf.get(channel.channelId) ?? []).map(({ messageCount }) => messageCount),
    }));
  return { through, channels, usage };
}
