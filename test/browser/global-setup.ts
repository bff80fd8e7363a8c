import type { TestProject } from 'vitest/node';
import { cleanUp, type RunningHost } from '../support/host/local-host.ts';
import { startSampleHost } from './support/sample-host.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The host with the sample, which all tests share. */
    host: Pick<RunningHost, 'url' | 'apiKey' | 'dataFolder'>;
  }
}

/** Starts the host with the sample before all tests, and ends it after them. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const { url, apiKey, dataFolder } = await startSampleHost();
  provide('host', { url, apiKey, dataFolder });
  return cleanUp;
}
