import type { PeerUsage } from '../../../functions/shared/domain/channel-stats.ts';
import { channelOf, type Finding } from '../../../functions/shared/domain/findings/findings.ts';
import { firstDayOfHealth, type Health, health } from '../../../functions/shared/domain/health.ts';
import {
  DEFAULT_HEALTH_SETTINGS,
  type HealthSettings,
} from '../../../functions/shared/domain/health-settings.ts';
import { addDays } from '../../../functions/shared/domain/utc-day.ts';
import { type Day, usageOf } from './peer-usage.ts';

// A Sunday, so that the last complete day is a Saturday.
export const TODAY = '2026-11-22';
export const THROUGH = '2026-11-21';
const FROM = firstDayOfHealth(THROUGH);

/** The day so many days before the last complete one. */
export function ago(days: number): string {
  return addDays(THROUGH, -days);
}

/** What health finds on the last complete day; thresholds that are left out have their defaults. */
export function judge(usage: PeerUsage, settings: Partial<HealthSettings> = {}, through = THROUGH): Health {
  return health(usage, { through, settings: { ...DEFAULT_HEALTH_SETTINGS, ...settings } });
}

/** The findings of one kind alone, whole. */
export function found(
  code: Finding['code'],
  usage: PeerUsage,
  settings: Partial<HealthSettings> = {},
): Finding[] {
  return judge(usage, settings).findings.filter((finding) => finding.code === code);
}

/** Each finding in a word, where its numbers are not what a test is about. */
export function names({ findings }: Health): string[] {
  return findings.map((finding) => `${finding.code} ${channelOf(finding)}`);
}

/** A peer as it is read for its health: of earlier days it is known how much there was in all, not more. */
export function read(days: Day[], more: Parameters<typeof usageOf>[1] = {}): PeerUsage {
  return usageOf(days, { from: FROM, ...more });
}

/** The same messages on every day from one to another, given by how many days ago they are. */
export function daily(channelId: string, messages: number, first: number, last: number): Day[] {
  return Array.from({ length: first - last + 1 }, (_, index) => [channelId, ago(first - index), messages, 0]);
}
