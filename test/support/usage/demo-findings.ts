import { channelOf } from '../../../functions/shared/domain/findings/findings.ts';
import { health } from '../../../functions/shared/domain/health.ts';
import { DEFAULT_HEALTH_SETTINGS } from '../../../functions/shared/domain/health-settings.ts';
import { addDays, DAY_MS, type EpochMillis, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { NEVER_USED_CHANNEL, type SampleMessage } from '../../../local/sample/sample-messages.ts';
import { type Day, usageOf } from './peer-usage.ts';

/**
 * What health finds of the sample's peer that shows its findings: the code and the channel of each.
 *
 * @param messages the whole sample
 * @param loadedAt the instant that it was made for
 * @param today the day on which health is asked for
 */
export function demoFindings(
  messages: readonly SampleMessage[],
  loadedAt: EpochMillis,
  today: UtcDay,
): [code: string, channelId: string][] {
  const { peerId, channelId: neverUsed, registeredDaysAgo } = NEVER_USED_CHANNEL;
  const userMessages = messages
    .filter((message) => message.peerId === peerId && message.body.role === 'user')
    .map(({ body }) => body);
  const days = [
    ...Map.groupBy(userMessages, ({ channelId, sentAt }) => `${channelId} ${sentAt.slice(0, 10)}`),
  ].map(([channelAndDay, counted]): Day => {
    const [channelId = '', day = ''] = channelAndDay.split(' ');
    return [channelId, day, counted.length, new Set(counted.map((body) => body.conversationId)).size];
  });
  const usage = usageOf(days, { channels: [neverUsed] });
  const registered = usage.channels.map((channel) => ({
    ...channel,
    registeredAt: channel.channelId === neverUsed ? loadedAt - registeredDaysAgo * DAY_MS : loadedAt,
  }));
  const { findings } = health(
    { ...usage, channels: registered },
    { through: addDays(today, -1), settings: DEFAULT_HEALTH_SETTINGS },
  );
  return findings.map((finding) => [finding.code, channelOf(finding) ?? '']);
}
