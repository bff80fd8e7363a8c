import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import { itemKey } from '../../functions/shared/store/items/item.ts';
import { readIfThere, writeDurably } from '../../local/support/durable-file.ts';
import { HostError } from '../../local/support/host-error.ts';
import { ToolError } from './tool-error.ts';

const numbers = z.record(z.string(), z.number());

const replayState = z.object({
  /** What the replay was asked for, and where. */
  replay: z.object({
    peerId: z.string(),
    from: z.string(),
    to: z.string(),
    place: z.string(),
    messagesTable: z.string(),
    usageTable: z.string(),
  }),
  /** Where the last page that was counted ended. */
  after: itemKey,
  totals: z.object({
    examined: z.number(),
    readUnits: z.number(),
    counted: z.number(),
    duplicate: z.number(),
    notCounted: z.number(),
    skipped: numbers,
  }),
});

/** How far a replay is. */
export type ReplayState = z.output<typeof replayState>;
export type ReplayTotals = ReplayState['totals'];

export const NOTHING_YET: ReplayTotals = {
  examined: 0,
  readUnits: 0,
  counted: 0,
  duplicate: 0,
  notCounted: 0,
  skipped: {},
};

/**
 * The state that an unfinished replay left behind, where there is one.
 *
 * @throws ToolError where it is of another replay, is none, or cannot be read
 */
export async function readState(
  file: string,
  replay: ReplayState['replay'],
): Promise<ReplayState | undefined> {
  const text = await orToolError(() => readIfThere(file));
  if (text === undefined) return undefined;
  const result = z.safeParse(replayState, parseJson(text));
  if (!result.success) throw new ToolError(`${file} is not the state of a replay; delete it, or use --state`);
  const { replay: other } = result.data;
  if (!isDeepStrictEqual(other, replay)) {
    throw new ToolError(
      `${file} is of the unfinished replay of ${other.peerId}, ${other.from} to ${other.to}, in ${other.place}:` +
        ' finish that one, delete the file, or name another one with --state',
    );
  }
  return result.data;
}

/**
 * Keeps a state. It names a conversation, which is nobody else's business.
 *
 * @throws ToolError where the file cannot be written
 */
export async function writeState(file: string, state: ReplayState): Promise<void> {
  await orToolError(() => writeDurably(file, `${JSON.stringify(state)}\n`));
}

async function orToolError<Result>(use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new ToolError(error.message, { cause: error });
  }
}

/** Forgets the state of a replay that is finished. */
export async function removeState(file: string): Promise<void> {
  await rm(file, { force: true });
}
