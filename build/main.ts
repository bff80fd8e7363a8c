import { join } from 'node:path';
import * as dashboard from '../dashboard/build/build-folder.ts';
import * as openapi from '../openapi/build-folder.ts';
import * as cli from '../packages/cli/build/build-folder.ts';
import * as client from '../packages/client/build/build-folder.ts';
import { ensureBuilt } from './ensure-built.ts';
import { CLI_SOURCES, CLIENT_TYPES_SOURCES, DASHBOARD_SOURCES, OPENAPI_SOURCES } from './sources.ts';
import { sourcesHash } from './sources-hash.ts';

// npm run build: builds what is made of other files and not under version control, where it is not of those
// files as they are. What builds is imported late: it takes longer to load than to find nothing to build.

// What is built is for those who look at it, also where this is started by a test.
process.env['NODE_ENV'] = 'production';

const REPOSITORY = join(import.meta.dirname, '..');

await ensureBuilt({
  folder: openapi.BUILD_FOLDER,
  parts: [openapi.DOCUMENT, openapi.PUBLISHED],
  sources: sourcesHash(REPOSITORY, OPENAPI_SOURCES),
  build: async (folder) => (await import('../openapi/build.ts')).build(folder),
});
await ensureBuilt({
  folder: client.BUILD_FOLDER,
  parts: [client.TYPES],
  sources: sourcesHash(REPOSITORY, CLIENT_TYPES_SOURCES),
  build: async (folder) => (await import('../packages/client/build/build.ts')).build(folder),
});
await ensureBuilt({
  folder: dashboard.BUILD_FOLDER,
  parts: [dashboard.SERVED, dashboard.MODULES],
  sources: sourcesHash(REPOSITORY, DASHBOARD_SOURCES),
  build: async (folder) => (await import('../dashboard/build/build.ts')).build(folder),
});
await ensureBuilt({
  folder: cli.BUILD_FOLDER,
  parts: [cli.PROGRAM, cli.CHUNKS, cli.NOTICES, cli.LICENCE],
  sources: sourcesHash(REPOSITORY, CLI_SOURCES),
  build: async (folder) => {
    await (await import('../packages/cli/build/build.ts')).build(folder);
  },
});
