import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useEnvironment } from '../environment.ts';

/**
 * Shows the first channels of a long list, and the others when they are asked for.
 *
 * @param first how many are shown at first
 * @returns the rows to show, and a button where there are more
 */
export function useFirstRows<Row>(
  rows: readonly Row[],
  first: number,
): { shown: readonly Row[]; more: ReactNode } {
  const { formats } = useEnvironment();
  const [showsAll, setShowsAll] = useState(false);
  if (rows.length <= first) return { shown: rows, more: null };
  return {
    shown: showsAll ? rows : rows.slice(0, first),
    more: (
      <Button
        className="first-rows-button"
        variant="default"
        size="xs"
        aria-expanded={showsAll}
        onClick={() => setShowsAll(!showsAll)}
      >
        {showsAll ? `Show the first ${first} channels` : `Show all ${formats.count(rows.length)} channels`}
      </Button>
    ),
  };
}
