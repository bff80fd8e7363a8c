import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startTestDatabase } from '../test/support/database/database.ts';
import { sealImport } from './sealing-import.ts';
import { sealManyPeers } from './sealing-many-peers.ts';
import { bundleRun } from './sealing-process.ts';

// npm run bench:sealing: seals peers of which all is new, such as an imported history, in a process with less
// memory than the function that is killed on its way again and again, and compares what came of it with the truth.
// npm run bench:sealing -- --peers 1 --channels 500: a peer with as many channels as there may be.
// npm run bench:sealing -- --many: seals a day of many peers of which few changed.

const { values } = parseArgs({
  options: {
    many: { type: 'boolean', default: false },
    peers: { type: 'string' },
    channels: { type: 'string', default: '100' },
    days: { type: 'string', default: '400' },
    changed: { type: 'string', default: '1000' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'sealing-'));
const database = await startTestDatabase();
try {
  const program = bundleRun(folder);
  const { peers, channels, days, changed } = values;
  if (values.many) await sealManyPeers(database, program, Number(peers ?? 10_000), Number(changed));
  else await sealImport(database, program, Number(peers ?? 16), Number(channels), Number(days));
} finally {
  await database.stop();
  rmSync(folder, { recursive: true });
}
