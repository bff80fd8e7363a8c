import * as z from 'zod/mini';
import { readIfThere, writeDurably } from '../../support/durable-file.ts';

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
  /** @throws Error where what is kept is no checkpoint */
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
    return content === undefined ? undefined : z.parse(checkpointSchema, JSON.parse(content));
  }

  async write(checkpoint: Checkpoint): Promise<void> {
    await writeDurably(this.#file, `${JSON.stringify(checkpoint, null, 2)}\n`);
  }
}
