import { createHash } from 'node:crypto';
import { appendFileSync, createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import { fileProblem } from '../../local/support/file-error.ts';
import { OWNER_ALONE } from '../../local/support/owner-alone.ts';
import { ToolError } from './tool-error.ts';

/** So many characters at most, of all files, wait to be written. */
const MOST_WAITING = 4_194_304;

const line = z.tuple([z.string(), z.unknown()]);

/**
 * Sorts what is found in a table, where it lies in no order of peers, by peers. It is kept in files of a folder that
 * is removed afterwards, so that memory holds a part of it only.
 */
export class SortedByPeer {
  readonly #folder: string;
  readonly #files: number;
  readonly #waiting = new Map<number, string>();

  private constructor(folder: string, files: number) {
    this.#folder = folder;
    this.#files = files;
  }

  /**
   * Sorts with a folder of its own, for as long as it takes.
   *
   * @param files so many hold what is found of all peers: what one of them holds is in memory at a time
   */
  static async use<Result>(files: number, sort: (sorted: SortedByPeer) => Promise<Result>): Promise<Result> {
    const folder = await mkdtemp(join(tmpdir(), 'sorted-by-peer-'));
    try {
      return await sort(new SortedByPeer(folder, files));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Takes something of a peer that JSON can hold. @throws ToolError where it cannot be kept */
  add(peerId: string, found: unknown): void {
    const file = createHash('sha256').update(peerId).digest().readUInt32BE(0) % this.#files;
    const waiting = `${this.#waiting.get(file) ?? ''}${JSON.stringify([peerId, found])}\n`;
    if (waiting.length < MOST_WAITING / this.#files) {
      this.#waiting.set(file, waiting);
      return;
    }
    this.#append(file, waiting);
  }

  /** Peer after peer with all that was taken of it, in the order in which it was. */
  async *peers(): AsyncGenerator<{ peerId: string; found: unknown[] }> {
    for (let file = 0; file < this.#files; file += 1) {
      const byPeer = new Map<string, unknown[]>();
      for await (const [peerId, found] of this.#lines(file)) {
        const ofPeer = byPeer.get(peerId) ?? [];
        byPeer.set(peerId, ofPeer);
        ofPeer.push(found);
      }
      for (const [peerId, found] of byPeer) {
        byPeer.delete(peerId);
        yield { peerId, found };
      }
    }
  }

  async *#lines(file: number): AsyncGenerator<[string, unknown]> {
    this.#append(file, this.#waiting.get(file) ?? '');
    for await (const text of createInterface({ input: createReadStream(this.#nameOf(file)) })) {
      yield z.parse(line, parseJson(text));
    }
  }

  #append(file: number, lines: string): void {
    const name = this.#nameOf(file);
    try {
      appendFileSync(name, lines, { mode: OWNER_ALONE.file });
    } catch (error) {
      const problem = fileProblem(error);
      if (problem === undefined) throw error;
      throw new ToolError(`cannot write ${name}: ${problem}`, { cause: error });
    }
    this.#waiting.delete(file);
  }

  #nameOf(file: number): string {
    return join(this.#folder, `${file}.jsonl`);
  }
}
