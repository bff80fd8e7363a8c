import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { comparedRange } from '../../../functions/shared/domain/compared-range.ts';
import { healthAnswer } from '../../../functions/shared/domain/health.ts';
import { type HealthSettings, healthSettings } from '../../../functions/shared/domain/health-settings.ts';
import type { DayRange, Interval } from '../../../functions/shared/domain/interval.ts';
import { type OverviewSort, overviewAnswer } from '../../../functions/shared/domain/overview.ts';
import { peersAnswer } from '../../../functions/shared/domain/peer-directory.ts';
import {
  type ChannelChange,
  channelsAnswer,
  registeredChannel,
} from '../../../functions/shared/domain/registered-channel.ts';
import { shareLinksAnswer } from '../../../functions/shared/domain/share-link-answer.ts';
import { trustAnswer } from '../../../functions/shared/domain/trust.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { growthAnswer } from '../../../functions/usage-api/get-growth.ts';
import { historyAnswer } from '../../../functions/usage-api/get-history.ts';
import { keyAnswer } from '../../../functions/usage-api/get-key.ts';
import type { ApiClient } from './api-client.ts';
import { RequestProblem } from './request-problem.ts';
import { allTimeKey, type SharedPoll } from './shared-poll.ts';

const PEERS_LISTED = 50;
const WEEKS_COMPARED = 4;
/** How old it becomes what is known of counting, while something happens. */
const TRUST_EVERY_MS = 10_000;
/** How old it becomes when nothing happened for a while. */
const TRUST_WHEN_QUIET_EVERY_MS = 30_000;
const EARLIER_FOR_MS = 600_000;
const JUDGE_AGAIN_EVERY_MS = 10_000;
/** How old figures become that hold hidden channels: what happens on these changes no others. */
const HIDDEN_EVERY_MS = 10_000;

/** Which channels are listed beside the enabled ones, as `include` of the API has it; nothing for none. */
export type HiddenChannels = 'disabled' | 'disabled,removed' | undefined;

/** What the reader's key may do; `null` where the service does not tell. */
export function keyQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['key'],
    queryFn: ({ signal }) => nullIfNotThere(api.get('/key', {}, keyAnswer, signal)),
    // What a key may do never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Days that are over change seldom. */
const OVERVIEW_EVERY_MS = 300_000;
const OVERVIEW_ROWS = 50;
const FIRST_PAGE: string | null = null;

/**
 * The peers that the reader's key may read, with the figures of each: page by page.
 *
 * @param today what is complete changes at midnight
 */
export function overviewQuery(api: ApiClient, asked: { sort: OverviewSort; search: string }, today: UtcDay) {
  return infiniteQueryOptions({
    queryKey: ['overview', asked, today],
    queryFn: ({ signal, pageParam }) =>
      api.get(
        '/peers/overview',
        {
          sort: asked.sort,
          search: asked.search || undefined,
          limit: String(OVERVIEW_ROWS),
          cursor: pageParam ?? undefined,
        },
        overviewAnswer,
        signal,
      ),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: ({ cursor }) => cursor,
    placeholderData: keepPreviousData,
    staleTime: OVERVIEW_EVERY_MS / 5,
    // Of many pages all would be asked for again.
    refetchInterval: ({ state: { data } }) => (data?.pages.length === 1 ? OVERVIEW_EVERY_MS : false),
  });
}

/** The peers whose ids have a text in them, whatever its case. */
export function peersQuery(api: ApiClient, search: string) {
  return queryOptions({
    queryKey: ['peers', search],
    queryFn: ({ signal }) =>
      api.get('/peers', { search: search || undefined, limit: String(PEERS_LISTED) }, peersAnswer, signal),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
}

/** The channels of a peer as the registry has them. */
export function channelsQuery(api: ApiClient, peerId: string) {
  return queryOptions({
    queryKey: ['channels', peerId],
    queryFn: ({ signal }) => api.get(`${peerPath(peerId)}/channels`, {}, channelsAnswer, signal),
  });
}

/** What a peer's findings are judged by. */
export function healthSettingsQuery(api: ApiClient, peerId: string) {
  return queryOptions({
    queryKey: ['health-settings', peerId],
    queryFn: ({ signal }) => api.get(`${peerPath(peerId)}/health-settings`, {}, healthSettings, signal),
  });
}

/** Sets what the registry says of a channel. @throws RequestProblem */
export function putChannel(api: ApiClient, peerId: string, channelId: string, change: ChannelChange) {
  return api.send(
    'PUT',
    `${peerPath(peerId)}/channels/${encodeURIComponent(channelId)}`,
    change,
    registeredChannel,
  );
}

/** Sets what a peer's findings are judged by. @throws RequestProblem */
export function putHealthSettings(api: ApiClient, peerId: string, settings: HealthSettings) {
  return api.send('PUT', `${peerPath(peerId)}/health-settings`, settings, healthSettings);
}

/** Asks for next to nothing: whether the service can be reached, and the key works. */
export async function tryAccess(api: ApiClient, signal: AbortSignal): Promise<void> {
  await api.get('/peers', { limit: '1' }, peersAnswer, signal);
}

/** How much a peer's channels were ever used, again and again: the one question that costs next to nothing. */
export function allTimeQuery(api: ApiClient, poll: SharedPoll, peerId: string) {
  return queryOptions({
    ...usageQuery(api, poll, peerId, undefined),
    refetchInterval: ({ state }) => (state.error === null ? poll.nextIn(peerId, state.dataUpdatedAt) : false),
    refetchOnWindowFocus: ({ state }) =>
      state.error !== null || poll.isOld(state.dataUpdatedAt) ? 'always' : false,
  });
}

/**
 * How much a peer's channels were used in some days, beside as many days before, or ever. Whoever shows figures of some days asks again when
 * the all-time figures change.
 *
 * @param days nothing for all time
 */
export function usageQuery(
  api: ApiClient,
  poll: SharedPoll,
  peerId: string,
  days: DayRange | undefined,
  hidden?: HiddenChannels,
) {
  const ask = (signal: AbortSignal) =>
    api.get(
      `${peerPath(peerId)}/channel-stats`,
      {
        from: days?.from,
        to: days?.to,
        include: including('percentage', hidden && `activity,${hidden}`),
        compare: days !== undefined && hasDaysBefore(days) ? 'previous' : undefined,
      },
      channelStatsAnswer,
      signal,
    );
  return queryOptions({
    queryKey: [
      ...(days === undefined ? allTimeKey(peerId) : [...rangeKey(peerId), days]),
      ...(hidden === undefined ? [] : [hidden]),
    ],
    // What other pages are told has no hidden channels.
    queryFn: ({ signal }) =>
      days === undefined && hidden === undefined ? poll.ask(peerId, () => ask(signal)) : ask(signal),
  });
}

/** Whether there are as many days before, which the service would not compare with otherwise. */
function hasDaysBefore(days: DayRange): boolean {
  return comparedRange(days, days.to) !== undefined;
}

/** How much a peer's channels were ever used, with hidden ones, again and again. */
export function hiddenChannelsQuery(
  api: ApiClient,
  poll: SharedPoll,
  peerId: string,
  hidden: HiddenChannels,
) {
  return queryOptions({
    ...usageQuery(api, poll, peerId, undefined, hidden),
    enabled: hidden !== undefined,
    refetchInterval: ({ state }) => (state.error === null ? HIDDEN_EVERY_MS : false),
  });
}

/** What the keys begin with of the figures of a peer's ranges. */
export function rangeKey(peerId: string) {
  return ['range', peerId] as const;
}

/** How much a peer was used over time, as it is asked for: what the key of a query is, and what it asks. */
function askingHistory(
  api: ApiClient,
  peerId: string,
  { from, to, interval }: DayRange & { interval: Interval },
  hidden: HiddenChannels,
) {
  const asked = { from, to, interval, include: including(hidden) };
  const ask = (signal: AbortSignal) =>
    api.get(`${peerPath(peerId)}/channel-stats/history`, asked, historyAnswer, signal);
  return { asked, ask };
}

/** A peer's figures over time. */
export function historyQuery(
  api: ApiClient,
  peerId: string,
  plan: DayRange & { interval: Interval },
  hidden?: HiddenChannels,
) {
  const { asked, ask } = askingHistory(api, peerId, plan, hidden);
  return queryOptions({
    queryKey: [...developmentKey(peerId), 'history', asked],
    queryFn: ({ signal }) => ask(signal),
    placeholderData: (previous, query) => (query?.queryKey[1] === peerId ? previous : undefined),
  });
}

/** Figures of the past, to compare others with: they hardly ever change, and are not followed. */
export function earlierHistoryQuery(
  api: ApiClient,
  peerId: string,
  plan: DayRange & { interval: Interval },
  hidden?: HiddenChannels,
) {
  const { asked, ask } = askingHistory(api, peerId, plan, hidden);
  return queryOptions({
    queryKey: ['earlier', peerId, asked],
    queryFn: ({ signal }) => ask(signal),
    staleTime: EARLIER_FOR_MS,
  });
}

/**
 * A peer's last weeks, each beside the one before.
 *
 * @param today what is complete changes at midnight
 */
export function growthQuery(api: ApiClient, peerId: string, today: UtcDay, hidden?: HiddenChannels) {
  return queryOptions({
    queryKey: [...developmentKey(peerId), 'growth', today, hidden],
    queryFn: ({ signal }) =>
      api.get(
        `${peerPath(peerId)}/channel-stats/growth`,
        { weeks: String(WEEKS_COMPARED), include: including(hidden) },
        growthAnswer,
        signal,
      ),
  });
}

/** The share links of a peer. */
export function shareLinksQuery(api: ApiClient, peerId: string) {
  return queryOptions({
    queryKey: ['share-links', peerId],
    queryFn: ({ signal }) => api.get(`${peerPath(peerId)}/share-links`, {}, shareLinksAnswer, signal),
  });
}

/** How far a peer's figures may be trusted; `null` where the service does not tell. */
export function trustQuery(api: ApiClient, poll: SharedPoll, peerId: string) {
  return queryOptions({
    queryKey: ['trust', peerId],
    queryFn: ({ signal }) =>
      nullIfNotThere(api.get(`${peerPath(peerId)}/channel-stats/trust`, {}, trustAnswer, signal)),
    refetchInterval: ({ state: { data, error } }) => {
      if (data === null || error !== null) return false;
      return poll.isQuiet() ? TRUST_WHEN_QUIET_EVERY_MS : TRUST_EVERY_MS;
    },
  });
}

/**
 * What needs attention about a peer's channels; `null` where the service does not tell. While counting has not
 * passed the days to be judged, it is asked for again and again.
 *
 * @param today what is complete changes at midnight
 */
export function healthQuery(api: ApiClient, peerId: string, today: UtcDay) {
  return queryOptions({
    queryKey: [...developmentKey(peerId), 'health', today],
    queryFn: ({ signal }) =>
      nullIfNotThere(api.get(`${peerPath(peerId)}/channel-stats/health`, {}, healthAnswer, signal)),
    refetchInterval: ({ state: { data, error } }) =>
      error === null && data?.findings.some(({ code }) => code === 'counting_behind')
        ? JUDGE_AGAIN_EVERY_MS
        : false,
  });
}

/** What the keys begin with of all that tells how a peer's figures develop. */
export function developmentKey(peerId: string) {
  return ['development', peerId] as const;
}

/** An answer; `null` where there is nothing at its path, as in a service of an earlier version. */
async function nullIfNotThere<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestProblem && error.kind === 'not_found') return null;
    throw error;
  }
}

function including(...words: (string | undefined)[]): string | undefined {
  return words.filter((word) => word !== undefined).join(',') || undefined;
}

/** What the paths of a peer begin with. */
export function peerPath(peerId: string): string {
  return `/peer/${encodeURIComponent(peerId)}`;
}
