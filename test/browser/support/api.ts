import * as z from 'zod/mini';
import { type ChannelStats, channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { type Health, healthAnswer } from '../../../functions/shared/domain/health.ts';
import { type OverviewAnswer, overviewAnswer } from '../../../functions/shared/domain/overview.ts';
import { type Trust, trustAnswer } from '../../../functions/shared/domain/trust.ts';
import { type GrowthAnswer, growthAnswer } from '../../../functions/usage-api/get-growth.ts';
import { type HistoryAnswer, historyAnswer } from '../../../functions/usage-api/get-history.ts';
import type { RunningHost } from '../../support/host/local-host.ts';

type Service = Pick<RunningHost, 'url' | 'apiKey'>;
type Query = Readonly<Record<string, string>>;

/** How much a peer's channels were used, as the API says it. */
export function askStats(service: Service, peerId: string, query: Query = {}): Promise<ChannelStats> {
  return ask(service, peerId, 'channel-stats', { include: 'percentage', ...query }, channelStatsAnswer);
}

/** What the API says of a peer's figures over time. */
export function askHistory(service: Service, peerId: string, query: Query): Promise<HistoryAnswer> {
  return ask(service, peerId, 'channel-stats/history', query, historyAnswer);
}

/** What the API says of a peer's last weeks. */
export function askGrowth(service: Service, peerId: string, query: Query = {}): Promise<GrowthAnswer> {
  return ask(service, peerId, 'channel-stats/growth', query, growthAnswer);
}

/** What the API says needs attention about a peer's channels. */
export function askHealth(service: Service, peerId: string): Promise<Health> {
  return ask(service, peerId, 'channel-stats/health', {}, healthAnswer);
}

/** What the API says of how far a peer's figures may be trusted. */
export function askTrust(service: Service, peerId: string): Promise<Trust> {
  return ask(service, peerId, 'channel-stats/trust', {}, trustAnswer);
}

/** What the API says of all peers. */
export async function askOverview({ url, apiKey }: Service, query: Query): Promise<OverviewAnswer> {
  const path = `/api/v1/peers/overview?${new URLSearchParams(query)}`;
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!response.ok) throw new Error(`the service answered ${response.status} to ${path}`);
  return z.parse(overviewAnswer, await response.json());
}

/** Sets what the registry says of a channel. */
export async function setChannel(
  { url, apiKey }: Service,
  peerId: string,
  channelId: string,
  change: object,
): Promise<void> {
  const path = `/api/v1/peer/${encodeURIComponent(peerId)}/channels/${encodeURIComponent(channelId)}`;
  const response = await fetch(`${url}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });
  if (!response.ok) throw new Error(`the service answered ${response.status} to ${path}`);
}

async function ask<Answer extends z.ZodMiniType>(
  { url, apiKey }: Service,
  peerId: string,
  question: string,
  query: Query,
  answer: Answer,
): Promise<z.output<Answer>> {
  const path = `/api/v1/peer/${encodeURIComponent(peerId)}/${question}`;
  const response = await fetch(`${url}${path}?${new URLSearchParams(query)}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  if (!response.ok) throw new Error(`the service answered ${response.status} to ${path}`);
  return z.parse(answer, await response.json());
}
