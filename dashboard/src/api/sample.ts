import { queryOptions, useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';
import { hostHealthAnswer, type SampleStatus } from '../../../local/sample/sample-status.ts';
import { type Environment, useEnvironment } from '../environment.ts';

const LOOK_EVERY_MS = 1_000;
const AFTER_ERROR_MS = 5_000;

/** How far the sample of the local host is; it is asked for until the sample is loaded, and never in the cloud. */
function sampleQuery({ fetch, hostHealth }: Pick<Environment, 'fetch' | 'hostHealth'>) {
  return queryOptions({
    queryKey: ['host-health', hostHealth],
    enabled: hostHealth !== undefined,
    queryFn: async ({ signal }): Promise<SampleStatus> => {
      const response = await fetch(hostHealth ?? '', { signal, credentials: 'omit' });
      return z.parse(hostHealthAnswer, parseJson(await response.text())).sample;
    },
    refetchInterval: ({ state: { data, error } }) => {
      if (data !== undefined && data.state !== 'checking' && data.state !== 'loading') return false;
      return error === null ? LOOK_EVERY_MS : AFTER_ERROR_MS;
    },
    retry: false,
  });
}

/** How far the sample of the local host is; nothing where there is none, or as long as it is not known. */
export function useSample(): SampleStatus | undefined {
  return useQuery(sampleQuery(useEnvironment())).data;
}

/** Whether a peer's figures are not whole yet, because its messages come with the sample. */
export function useIsLoading(peerId: string): boolean {
  const sample = useSample();
  return sample?.state === 'loading' && sample.peers.includes(peerId);
}
