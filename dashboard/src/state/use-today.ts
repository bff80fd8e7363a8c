import { useSyncExternalStore } from 'react';
import { dayOf, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { useEnvironment } from '../environment.ts';

const LOOK_EVERY_MS = 10_000;

/** The present UTC day, also on a page that stays open over midnight. */
export function useToday(): UtcDay {
  const { clock } = useEnvironment();
  return useSyncExternalStore(everySoOften, () => dayOf(clock()));
}

function everySoOften(look: () => void): () => void {
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
