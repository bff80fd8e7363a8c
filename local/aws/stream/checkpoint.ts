import * as z from 'zod/mini';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';
import { readIfThere, writeDurably } from '../../support/durable-file.ts';
import { HostError } from '../../support/host-error.ts';

const checkpointSchema = z.object({
  streamArn: z.string(),
  shards: z.record(
    z.string(),
    z.object({
      /** The last record that was processed; without one, none was. */
      sequenceNumber: z.exactOptional(z.string()),
      /** Whether the shard was closed, and all of it processed. */
      finished: z.boolean(),
    }),
  ),
});

/** How far a stream was processed, shard by shard. */
export type Checkpoint = z.output<typeof checkpointSchema>;

/** Where checkpoints are kept. */
export interface CheckpointStore {
  /** @throws Error where what is kept is no checkpoint, or cannot be read */
  read(): Promise<Checkpoint | undefined>;
  /** Resolves when the checkpoint will be there after whatever happens. */
  write(checkpoint: Checkpoint): Promise<void>;
}

/** Keeps checkpoints in a file. */
export class CheckpointFile implements CheckpointStore {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async read(): Promise<Checkpoint | undefined> {
    const content = await readIfThere(this.#file);
    if (content === undefined) return undefined;
    const checkpoint = z.safeParse(checkpointSchema, parseJson(content));
    if (!checkpoint.success) throw new HostError(`${this.#file} holds no checkpoint`);
    return checkpoint.data;
  }

  async write(checkpoint: Checkpoint): Promise<void> {
    await writeDurably(this.#file, `${JSON.stringify(checkpoint, null, 2)}\n`);
  }
}
