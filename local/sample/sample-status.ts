import * as z from 'zod/mini';

/** Where the local host tells how far its sample is. The deployed service has no such address. */
export const HOST_HEALTH = '/health';

/** The name of the `meta` element by which the dashboard's page knows that there is that address. */
export const HOST_HEALTH_META = 'host-health';

/** What the local host answers at `/health`. */
export const hostHealthAnswer = z.object({
  sample: z.object({
    /**
     * `checking` for a moment at the start, `none` where this start loads no sample, `failed` where a part of it
     * could not be loaded.
     */
    state: z.enum(['checking', 'none', 'loading', 'loaded', 'failed']),
    /** How many of its messages show in the figures. */
    countedMessages: z.int(),
    /** How many of its messages are to be counted: those of users. */
    messages: z.int(),
    /** The peers whose figures are not whole before it is loaded. */
    peers: z.array(z.string()),
  }),
});

export type HostHealth = z.output<typeof hostHealthAnswer>;

/** How far the sample is. */
export type SampleStatus = HostHealth['sample'];

/** Keeps how far the sample is, for those who ask. */
export class SampleStatusKeeper {
  #status: SampleStatus;

  /** @param isWanted whether this start may have a sample to load */
  constructor(isWanted: boolean) {
    this.#status = { state: isWanted ? 'checking' : 'none', countedMessages: 0, messages: 0, peers: [] };
  }

  read(): SampleStatus {
    return this.#status;
  }

  update(changed: Partial<SampleStatus>): void {
    this.#status = { ...this.#status, ...changed };
  }
}
