import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { PeerDirectoryStore } from '../../functions/shared/store/peer-directory-store.ts';
import { LANES } from '../../functions/shared/store/usage-table.ts';

const PEERS_AT_ONCE = 1_000;

/** All peers of the directory, some at a time, lane by lane. */
export async function* listedPeers(table: Table): AsyncGenerator<string[]> {
  const directory = new PeerDirectoryStore(table);
  for (let lane = 0; lane < LANES; lane += 1) {
    let after: string | undefined;
    do {
      const page = await directory.listLane(lane, after, PEERS_AT_ONCE);
      yield page;
      after = page.length < PEERS_AT_ONCE ? undefined : page.at(-1);
    } while (after !== undefined);
  }
}
