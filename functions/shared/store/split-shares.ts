import { isShareMarker, nameOfShare, type Share, shareOf } from './items/archived-window.ts';
import type { Item } from './items/item.ts';

/** Which of a counter's archived windows are found by whoever looks: markers lead to those that a split has made. */
export class SplitShares {
  readonly #marked = new Set<string>();
  /** Those that hold windows, by their names. */
  readonly #made = new Map<string, Share>();

  /** Takes an item of the windows' partition. */
  see(item: Item): void {
    const share = shareOf(item);
    if (isShareMarker(item)) this.#marked.add(nameOfShare(share));
    else if (share.digits !== '') this.#made.set(nameOfShare(share), share);
  }

  /** The shares that were split, as windows tell, and have no marker. Before a split is over there may be some. */
  lostMarkers(): Share[] {
    const all = [...this.#made.values()].flatMap(sharesAbove);
    const lost = all.filter((share) => !this.#marked.has(nameOfShare(share)));
    return [...new Map(lost.map((share) => [nameOfShare(share), share])).values()];
  }

  /** Whether markers lead to the windows of a share. */
  isFound(share: Share): boolean {
    return sharesAbove(share).every((above) => this.#marked.has(nameOfShare(above)));
  }
}

/** The shares that have to be split before there is one: its stretch, and what has fewer of its digits. */
function sharesAbove(share: Share): Share[] {
  return Array.from(share.digits, (_, length) => ({ ...share, digits: share.digits.slice(0, length) }));
}
