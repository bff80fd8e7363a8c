import { type Announce, announceDays } from '../functions/announce-days/announce-days.ts';
import type { Message } from '../functions/shared/domain/message.ts';
import type { SealedDay } from '../functions/shared/domain/sealed-day.ts';
import { messageItem } from '../functions/shared/store/items/message.ts';
import { metered } from '../test/support/database/capacity.ts';
import type { TestDatabase } from '../test/support/database/database.ts';
import { storedBytes } from '../test/support/database/item-size.ts';
import type { BillUnits } from '../tools/support/bill/measured.ts';
import { DailyLife, monthOfLife } from './daily-life.ts';
import { LargePeer } from './large-peer.ts';
import { readUnitsByQuestion } from './read-units.ts';
import { writeUnitsAround } from './write-units.ts';

const MESSAGE_DAYS = 400;
const YESTERDAY = '2026-11-21';
const TODAY = '2026-11-22';

/** A message whose ids are as long as UUIDs. */
export const TYPICAL_MESSAGE: Message = {
  peerId: 'peer_support',
  conversationId: 'c'.repeat(36),
  messageId: 'm'.repeat(36),
  channelId: 'integration_webchat',
  role: 'user',
  sentAt: Date.parse('2026-11-22T10:00:00.123Z'),
};

/** What things take that npm run cost puts a price on. */
export async function billUnits(database: TestDatabase): Promise<BillUnits> {
  const [one, four] = [await writeUnitsAround(database, 1), await writeUnitsAround(database, 4)];
  const { openingPeersDay, openingChannelsDay = 0 } = four;
  const sealingChannel = (four.sealing - one.sealing) / 3;
  const month = await monthOfLife(database, 3, 17);
  const busy = await DailyLife.begin(database, 1, 270);
  await busy.countOneByOne(TODAY);
  const evidence = { few: month.stored.evidence / 3, many: (await busy.storedBytes()).evidence };
  const evidenceBytes = (evidence.many - evidence.few) / (270 - 17);
  const asked = await DailyLife.begin(database, 4, 60);
  await asked.live('2026-11-19', YESTERDAY);
  await asked.count(TODAY);
  return {
    message: {
      read: Math.round((month.counting.read / month.messages) * 1_000) / 1_000,
      storedBytes: storedBytes(messageItem(TYPICAL_MESSAGE, MESSAGE_DAYS)),
      evidenceBytes: Math.round(evidenceBytes * 10) / 10,
    },
    conversation: { markerBytes: Math.round(month.stored.markers / month.conversations) },
    channelsDay: {
      opening: openingChannelsDay - 1,
      sealing: sealingChannel,
      evidenceBytes: Math.round(evidence.few - 17 * evidenceBytes),
      figureBytes: Math.round(month.stored.figures / 3),
    },
    peersDay: {
      opening: openingPeersDay - openingChannelsDay,
      sealing: one.sealing - sealingChannel,
      sealingRead: month.sealing.read,
      announcingRead: await readUnitsOfAnnouncing(database),
    },
    answerRead: (await readUnitsByQuestion(asked))['channel-stats, last 30 days'] ?? 0,
  };
}

/**
 * What a run reads that announces a day of a peer with four channels, used on every day for more than a year, above
 * what it reads where there is nothing to announce.
 */
async function readUnitsOfAnnouncing(database: TestDatabase): Promise<number> {
  const { dependencies } = await LargePeer.store(database, 4, 391);
  const units = async () => {
    const { client, readUnits } = metered(dependencies.client);
    const days: SealedDay[] = [];
    const announce: Announce = async (announced) => {
      days.push(...announced);
      return new Set();
    };
    await announceDays({ ...dependencies, client }, { name: 'bill', announce })(() => false);
    return { read: readUnits(), days: days.length };
  };
  const announced = await units();
  if (announced.days === 0) throw new Error('nothing was announced');
  // So much later nothing that was announced is looked at again.
  dependencies.setClock(`${TODAY}T14:00:00.000Z`);
  await units();
  dependencies.setClock(`${TODAY}T16:00:00.000Z`);
  return announced.read - (await units()).read;
}
