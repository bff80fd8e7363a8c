/** Items in their order, at most so many of them together. */
export function inBatches<Item>(items: readonly Item[], most: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, batch) =>
    items.slice(batch * most, (batch + 1) * most),
  );
}
