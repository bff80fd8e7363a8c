import { closeLedger, type LedgerKey, type LedgerRules } from '../domain/day-ledger.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';

/**
 * Closes a day of a channel: moves its counts into the channel's totals. A day that is closed already,
 * or has no counts, stays as it is.
 */
export async function closeDay(
  keeper: LedgerKeeper,
  key: LedgerKey,
  now: EpochMillis,
  rules: LedgerRules,
): Promise<void> {
  await keeper.change(key, async (ledger) =>
    ledger.version === 0 || ledger.closed ? undefined : closeLedger(ledger, now, rules),
  );
}
