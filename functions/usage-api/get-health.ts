import { firstDayOfHealth, health } from '../shared/domain/health.ts';
import { addDays, dayOf, type EpochMillis } from '../shared/domain/utc-day.ts';
import type { PeerRequest } from '../shared/http/http.ts';
import type { HealthSettingsStore } from '../shared/store/health-settings-store.ts';
import type { UsageReader } from '../shared/store/usage-reader.ts';
import type { HealthAnswer } from './contract.ts';

/** Answers with what needs attention, or is good to know, about a peer's channels. */
export function getHealth(
  reader: Pick<UsageReader, 'read'>,
  healthSettings: Pick<HealthSettingsStore, 'read'>,
  clock: () => EpochMillis,
): (request: PeerRequest) => Promise<HealthAnswer> {
  return async ({ peerId }) => {
    const today = dayOf(clock());
    const through = addDays(today, -1);
    const [usage, settings] = await Promise.all([
      // Consistently, as whether there is history follows from a difference.
      reader.read(peerId, today, { from: firstDayOfHealth(through), consistent: true }),
      healthSettings.read(peerId),
    ]);
    return health(usage, { through, settings });
  };
}
