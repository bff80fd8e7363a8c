import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { addDays, startOf, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { countIntoHost } from './count-into-host.ts';

/** A peer with as many channels and days as a page has to stay quick with. */
export const WIDE_PEER = { peerId: 'peer_wide', channels: 200, days: 400 } as const;

/** Every channel is used on one day in so many, and on every day some are. */
const USED_EVERY_DAYS = 50;
const GALLERY_KEYS = ['slack', 'email', 'discord', 'whatsapp', 'telegram', 'webchat', 'pager'];

/**
 * Counts the messages of the wide peer into the tables of a local host. Done again, it counts nothing.
 *
 * @param dataFolder the host's, which may run meanwhile
 */
export async function seedWidePeer(dataFolder: string): Promise<void> {
  await countIntoHost(dataFolder, wideMessages);
}

/** The first channels have more messages than the last ones: a figure is one that could be real. */
function wideMessages(today: UtcDay): UserMessage[] {
  const { peerId, channels, days } = WIDE_PEER;
  return Array.from({ length: channels }, (_, channel) => channel).flatMap((channel) => {
    const number = String(channel + 1).padStart(3, '0');
    const usedDays = Array.from({ length: days }, (_, daysAgo) => daysAgo).filter(
      (daysAgo) => (daysAgo + channel) % USED_EVERY_DAYS === 0,
    );
    return usedDays.flatMap((daysAgo) =>
      Array.from({ length: 1 + Math.floor(40 / (channel + 1)) }, (_, message) => ({
        peerId,
        channelId: `integration_${number}`,
        channelName: `Integration ${number}`,
        galleryKey: GALLERY_KEYS[channel % GALLERY_KEYS.length] ?? 'pager',
        conversationId: `${number}-${daysAgo}`,
        messageId: `${message}`,
        sentAt: startOf(addDays(today, -daysAgo)) + message,
      })),
    );
  });
}
