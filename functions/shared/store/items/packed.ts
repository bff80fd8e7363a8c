import * as z from 'zod/mini';
import { bytes } from './item.ts';

/** Writes non-negative integers one behind the other, seven bits a byte: small ones take one byte. */
export class Packer {
  readonly #bytes: number[] = [];

  /** @throws RangeError where the value is not a safe integer of 0 at least: it would be stored as another one */
  write(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${value} cannot be packed: it must be a whole number from 0 on`);
    }
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
    return this;
  }

  /** Writes bytes as they are. Whoever reads them has to know how many they are. */
  writeBytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Reads what a `Packer` wrote. */
export class Unpacker {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(packed: Uint8Array) {
    this.#bytes = packed;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** Reads so many bytes as they are. @throws RangeError where fewer are left */
  readBytes(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new RangeError('packed figures end within bytes');
    const read = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return read;
  }

  /** @throws RangeError where there is no whole integer left */
  read(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw new RangeError('packed figures end within a figure');
      this.#position += 1;
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw new RangeError('a packed figure is too large');
      if (byte < 0x80) return value;
    }
  }
}

/** What packed bytes begin with, so that a version of the service refuses what a later one has written. */
const FORMAT = 1;

/**
 * The schema of an attribute that holds figures as bytes.
 *
 * @param unpack reads what `pack` wrote; it throws RangeError where the bytes are something else
 */
// @__NO_SIDE_EFFECTS__
export function packed<Value>(unpack: (from: Unpacker) => Value, pack: (value: Value, to: Packer) => void) {
  // Without this check, a field that may be left out would be packed where it is.
  return z.codec(
    bytes(),
    z.custom<Value>((value) => value !== undefined),
    {
      decode: (stored, context) => {
        try {
          const from = new Unpacker(stored);
          if (from.read() !== FORMAT) throw new RangeError('is in a format of another version');
          const value = unpack(from);
          if (!from.isAtEnd) throw new RangeError('goes on behind its figures');
          return value;
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          context.issues.push({ code: 'custom', input: stored, message: error.message });
          return z.NEVER;
        }
      },
      encode: (value) => {
        // Where an object has checks of its own, it is asked for once before the check above.
        if (value === undefined) return new Uint8Array();
        const to = new Packer().write(FORMAT);
        pack(value, to);
        return to.bytes();
      },
    },
  );
}
