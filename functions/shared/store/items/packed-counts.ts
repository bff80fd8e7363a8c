import { byField, type Counts, METRICS } from '../../domain/metrics.ts';
import type { CountsByChannel } from '../../domain/peer-totals.ts';
import type { Packer, Unpacker } from './packed.ts';

/** Writes one figure for each metric, in their order. */
export function packCounts(counts: Counts, to: Packer): void {
  for (const { field } of METRICS) to.write(counts[field]);
}

/** Reads what `packCounts` wrote. */
export function unpackCounts(from: Unpacker): Counts {
  const figures = METRICS.map(() => from.read());
  return byField((metric) => figures[METRICS.indexOf(metric)] ?? 0);
}

/** Writes something for each key, in the order of the keys: how many there are, then each with its distance. */
export function packByNumber<Value>(
  values: ReadonlyMap<number, Value>,
  to: Packer,
  packValue: (value: Value) => void,
): void {
  to.write(values.size);
  let last = 0;
  for (const [key, value] of [...values].sort(([a], [b]) => a - b)) {
    to.write(key - last);
    last = key;
    packValue(value);
  }
}

/** Reads what `packByNumber` wrote. @throws RangeError where a key comes twice */
export function unpackByNumber<Value>(from: Unpacker, unpackValue: () => Value): Map<number, Value> {
  const values = new Map<number, Value>();
  let key = 0;
  for (let left = from.read(); left > 0; left -= 1) {
    const distance = from.read();
    if (distance === 0 && values.size > 0) throw new RangeError(`hold ${key} twice`);
    key += distance;
    values.set(key, unpackValue());
  }
  return values;
}

/** Writes the counts of channels. */
export function packChannels(channels: CountsByChannel, to: Packer): void {
  packByNumber(channels, to, (counts) => packCounts(counts, to));
}

/** Reads what `packChannels` wrote. */
export function unpackChannels(from: Unpacker): CountsByChannel {
  return unpackByNumber(from, () => unpackCounts(from));
}
