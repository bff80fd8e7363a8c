import * as z from 'zod/mini';
import type { Digest } from '../../domain/digest.ts';
import { lazily } from '../../domain/lazily.ts';
import type { DigestsByChannel } from '../../domain/peer-totals.ts';
import { bytes } from './item.ts';
import { packed } from './packed.ts';
import { packByNumber, unpackByNumber } from './packed-counts.ts';

const DIGEST_BYTES = 16;

/** One digest: bytes in an item, hexadecimal digits elsewhere. */
export const digest = lazily(() =>
  z.codec(
    bytes().check(z.refine(({ length }) => length === DIGEST_BYTES, `must have ${DIGEST_BYTES} bytes`)),
    z.string(),
    { decode: toHex, encode: fromHex },
  ),
);

/** The digests of channels, by their numbers; an item without any has no such attribute. */
export const digestsByChannel = () =>
  packed<DigestsByChannel>(
    (from) => unpackByNumber(from, () => toHex(from.readBytes(DIGEST_BYTES))),
    (digests, to) => packByNumber(digests, to, (one) => to.writeBytes(fromHex(one))),
  );

function toHex(stored: Uint8Array): Digest {
  return Buffer.from(stored).toString('hex');
}

function fromHex(hex: Digest): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
