import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import { dayOf } from '../../../../functions/shared/domain/utc-day.ts';
import type { CliContext } from '../cli-context.ts';
import { styleFor } from '../terminal/style.ts';
import { trustLines } from './trust-lines.ts';
import { type UsageBoxQuery, usageBox } from './usage-box.ts';

/** The box, and below it up to when the figures are complete, where that is known. */
export function statsText(
  stats: ChannelStats,
  trust: Trust | undefined,
  query: UsageBoxQuery,
  { screen, clock }: Pick<CliContext, 'screen' | 'clock'>,
): string {
  const { width, hasColors } = screen();
  const lines = trust === undefined ? [] : trustLines(trust, dayOf(clock()), width, styleFor({ hasColors }));
  return usageBox(stats, query, { width, hasColors }) + lines.map((line) => `${line}\n`).join('');
}
