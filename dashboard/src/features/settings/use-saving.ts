import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { channelsQuery, developmentKey, healthSettingsQuery, rangeKey } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import type { RequestProblem } from '../../api/request-problem.ts';
import { useApi } from '../../api/session.tsx';
import { allTimeKey } from '../../api/shared-poll.ts';

/** What becomes of a change. */
export interface Saving {
  state: 'unchanged' | 'saving' | 'saved' | 'failed';
  problem: RequestProblem | undefined;
  /** Makes the change, and asks for all again that may be another now. */
  save: (change: () => Promise<unknown>) => Promise<boolean>;
  /** What is shown was changed since. */
  forget: () => void;
}

export function useSaving(peerId: string): Saving {
  const client = useQueryClient();
  const api = useApi();
  const [{ state, problem }, set] = useState<Pick<Saving, 'state' | 'problem'>>(UNCHANGED);
  return {
    state,
    problem,
    save: async (change) => {
      set({ state: 'saving', problem: undefined });
      try {
        await change();
      } catch (error) {
        const failure = error instanceof Error ? error : new Error('no error was thrown', { cause: error });
        set({ state: 'failed', problem: problemOf({ error: failure, failureReason: null }) });
        return false;
      }
      set({ state: 'saved', problem: undefined });
      const keys = [
        allTimeKey(peerId),
        rangeKey(peerId),
        developmentKey(peerId),
        channelsQuery(api, peerId).queryKey,
        healthSettingsQuery(api, peerId).queryKey,
      ];
      for (const queryKey of keys) client.invalidateQueries({ queryKey });
      return true;
    },
    forget: () => set(UNCHANGED),
  };
}

const UNCHANGED = { state: 'unchanged', problem: undefined } as const;
