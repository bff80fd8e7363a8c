import { MalformedItemError } from '../domain/errors.ts';
import type { AfterUse } from './audit-reader.ts';
import { scanParts, type Table } from './dynamodb.ts';
import {
  markersInTable,
  type NamedStart,
  parseNamedStart,
  peerOfMarker,
} from './items/conversation-marker.ts';
import type { Item } from './items/item.ts';

/** A part of the usage table that was read through, at most 1 MB of it. */
export interface ScannedMarkers {
  starts: NamedStart[];
  /** Those that cannot be read, with what is wrong with each. */
  malformed: { peerId: string; problem: string }[];
  /** How many items the part has, of all kinds. */
  examined: number;
}

/** Reads the conversation markers, which are spread over the whole usage table, consistently. */
export class MarkerScan {
  readonly #table: Table;
  readonly #afterUse: AfterUse;

  constructor(table: Table, afterUse: AfterUse) {
    this.#table = table;
    this.#afterUse = afterUse;
  }

  /**
   * The markers of a segment of the table, part by part.
   *
   * @param segments how many segments there are
   * @param peerId whose markers; without it those of all peers
   */
  async *pages(segment: number, segments: number, peerId?: string): AsyncGenerator<ScannedMarkers> {
    const input = { ...markersInTable(peerId), Segment: segment, TotalSegments: segments };
    for await (const { items, examined, readUnits } of scanParts(this.#table, input)) {
      const page: ScannedMarkers = { starts: [], malformed: [], examined };
      for (const item of items) take(item, page);
      yield page;
      await this.#afterUse(readUnits);
    }
  }
}

function take(item: Item, { starts, malformed }: ScannedMarkers): void {
  try {
    starts.push(parseNamedStart(item));
  } catch (error) {
    if (!(error instanceof MalformedItemError)) throw error;
    malformed.push({ peerId: peerOfMarker(item), problem: error.message });
  }
}
