/** A file that can be read, from its beginning, as often as one likes. */
export interface SourceFile {
  /** What a person knows it by: the path that was given, and behind it the path within a folder or ZIP. */
  readonly name: string;
  /** Its path within the folder or ZIP, with `/` between its parts; its own name where it was given itself. */
  readonly path: string;
  /** In bytes, unpacked. */
  readonly size: number;
  /** Its bytes, in pieces that each fit in memory. */
  open(): AsyncIterable<Uint8Array>;
}

/** What one path that was given holds, or a ZIP in a folder that was given. */
export interface Source {
  readonly name: string;
  /** The path that was given. */
  readonly given: string;
  /** Whether the path is that of one file, which then must be an export. */
  readonly isFile: boolean;
  readonly files: readonly SourceFile[];
  /** Gives back what reading needs; nothing can be opened afterwards. */
  close(): void;
}

/** The first bytes of a file, at most as many as are asked for. */
export async function headOf(file: SourceFile, bytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of file.open()) {
    pieces.push(piece);
    length += piece.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(pieces).subarray(0, bytes);
}
