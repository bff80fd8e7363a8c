/** One page of a list. */
interface Page {
  cursor: string | null;
}

/** Goes through the pages of a list, asking for each when it is come to. */
export async function* eachPage<P extends Page>(
  fetchPage: (cursor: { cursor?: string }) => Promise<P>,
): AsyncGenerator<P, void, undefined> {
  let page = await fetchPage({});
  yield page;
  while (page.cursor !== null) {
    page = await fetchPage({ cursor: page.cursor });
    yield page;
  }
}
