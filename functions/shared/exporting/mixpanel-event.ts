import type { MixpanelRow } from '../domain/mixpanel-day.ts';
import { countFields, noonOf } from '../domain/usage-increase.ts';
import { SECOND_MS } from '../domain/utc-day.ts';

/**
 * The event of a row, as the import of Mixpanel takes it. Its time is the same for everything of a day, and its id is
 * the same whenever it is sent: by these Mixpanel recognises it. It is nobody's event, and of no place on earth.
 */
export function mixpanelEvent({ peerId, day, channelId, channelName, insertId, ...counts }: MixpanelRow) {
  return {
    event: 'channel_usage',
    properties: {
      time: noonOf(day) / SECOND_MS,
      distinct_id: '',
      $insert_id: insertId,
      ip: 0,
      peer_id: peerId,
      channel_id: channelId,
      channel_name: channelName,
      day,
      ...countFields(counts),
    },
  };
}
