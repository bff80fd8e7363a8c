import * as z from 'zod/mini';
import { bytes } from './item.ts';

/** One fingerprint: bytes in an item, hexadecimal digits elsewhere. */
export const fingerprint = z.codec(bytes, z.string(), { decode: toHex, encode: fromHex });

function toHex(stored: Uint8Array): string {
  return Buffer.from(stored).toString('hex');
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
