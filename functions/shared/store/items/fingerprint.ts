import * as z from 'zod/mini';
import type { Fingerprint } from '../../domain/dedupe-window.ts';
import { lazily } from '../../domain/lazily.ts';
import { bytes } from './item.ts';

/** How many bytes of the keyed hash a fingerprint keeps. */
export const FINGERPRINT_BYTES = 8;

/** One fingerprint: bytes in an item, hexadecimal digits elsewhere. */
export const fingerprint = lazily(() => z.codec(bytes(), z.string(), { decode: toHex, encode: fromHex }));

/** Many fingerprints: in an item their bytes, one behind the other. */
export const fingerprints = lazily(() =>
  z.codec(
    bytes().check(
      z.refine((joined) => joined.length % FINGERPRINT_BYTES === 0, 'must hold whole fingerprints'),
    ),
    z.readonly(z.array(z.string())),
    { decode: split, encode: (all) => fromHex(all.join('')) },
  ),
);

function split(joined: Uint8Array): Fingerprint[] {
  const hex = toHex(joined);
  const all: Fingerprint[] = [];
  for (let start = 0; start < hex.length; start += 2 * FINGERPRINT_BYTES) {
    all.push(hex.slice(start, start + 2 * FINGERPRINT_BYTES));
  }
  return all;
}

function toHex(stored: Uint8Array): string {
  return Buffer.from(stored).toString('hex');
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
