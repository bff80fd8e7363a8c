import { mapConcurrently } from '../runtime/concurrency.ts';
import type { AuditReader } from '../store/audit-reader.ts';
import type { NamedStart } from '../store/items/conversation-marker.ts';
import type { MarkerScan } from '../store/marker-scan.ts';
import { PeerMarkers } from './peer-markers.ts';

/** So many segments of the table are read at a time. */
const SCAN_SEGMENTS = 8;

/** Who is told what a scan of the markers finds. */
export interface MarkerListener {
  start: (start: NamedStart) => void;
  /** A marker of a peer cannot be read. */
  malformed: (peerId: string, problem: string) => void;
  /** How many items of the table were read by now. */
  examined: (items: number) => void;
}

/**
 * Reads all conversation markers of the table, or those of a peer: they are spread over it.
 *
 * @param peerId whose markers; without it those of all peers
 */
export async function scanMarkers(
  scan: MarkerScan,
  { start, malformed, examined }: MarkerListener,
  peerId?: string,
): Promise<void> {
  const segments = Array.from({ length: SCAN_SEGMENTS }, (_, segment) => segment);
  let items = 0;
  await mapConcurrently(segments, SCAN_SEGMENTS, async (segment) => {
    for await (const page of scan.pages(segment, SCAN_SEGMENTS, peerId)) {
      for (const one of page.starts) start(one);
      for (const { peerId: ofPeer, problem } of page.malformed) malformed(ofPeer, problem);
      items += page.examined;
      examined(items);
    }
  });
}

/** Reads the markers of one peer, and before them what was counted. */
export async function markersOfPeer(
  peerId: string,
  reader: AuditReader,
  scan: MarkerScan,
  listener: Omit<MarkerListener, 'start'>,
): Promise<PeerMarkers> {
  const markers = new PeerMarkers(await reader.countedBefore(peerId));
  await scanMarkers(scan, { ...listener, start: (one) => markers.add(one, one.startedBy) }, peerId);
  return markers;
}
