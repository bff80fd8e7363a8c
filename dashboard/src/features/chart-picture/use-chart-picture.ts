import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import type { RefObject } from 'react';
import { partQuery } from '../../api/part-query.ts';
import { useApi } from '../../api/session.tsx';
import { useEnvironment } from '../../environment.ts';
import type { Pictured } from './save-picture.ts';

/** The saving of a picture: whether it is going on, is done, or has failed. */
export type ChartPicture = Pick<
  UseMutationResult<void, Error, void>,
  'mutate' | 'isPending' | 'isSuccess' | 'error'
>;

/**
 * Saves a chart as a picture, when it is asked to. What draws it is loaded then, and not before.
 *
 * @param plot what holds the chart
 */
export function useChartPicture(plot: RefObject<HTMLElement | null>, pictured: Pictured): ChartPicture {
  const api = useApi();
  const client = useQueryClient();
  const { formats, dates } = useEnvironment();
  return useMutation<void, Error>({
    mutationFn: async () => {
      const part = await client.fetchQuery(
        partQuery(api, 'chart picture', () => import('./save-picture.ts')),
      );
      const chart = plot.current?.querySelector('svg');
      if (!chart) throw new Error('the chart is not drawn yet');
      await part.savePicture(chart, pictured, { formats, dates });
    },
    networkMode: 'always',
  });
}
