import type { UtcDay } from '../domain/utc-day.ts';

/** Which day of which peer. */
export interface PeerDay {
  peerId: string;
  day: UtcDay;
}

/** Some days, each once however often it was announced. */
export function distinctDays(days: readonly PeerDay[]): PeerDay[] {
  return [...new Map(days.map(({ peerId, day }) => [keyOf({ peerId, day }), { peerId, day }])).values()];
}

/** Those of some announcements that are of certain days. */
export function announcementsOf<Announced extends PeerDay>(
  announced: readonly Announced[],
  days: readonly PeerDay[],
): Announced[] {
  const keys = new Set(days.map(keyOf));
  return announced.filter((one) => keys.has(keyOf(one)));
}

function keyOf({ peerId, day }: PeerDay): string {
  return `${day} ${peerId}`;
}
