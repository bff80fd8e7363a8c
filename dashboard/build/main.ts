import { join } from 'node:path';
import { BUILD_FOLDER } from './build-folder.ts';
import { ensureBuilt } from './ensure-built.ts';
import { sourcesHash } from './sources-hash.ts';

// What is built is for those who look at it, also where this is started by a test.
process.env['NODE_ENV'] = 'production';

await ensureBuilt({
  folder: BUILD_FOLDER,
  sources: sourcesHash(join(import.meta.dirname, '../..')),
  build: async (folder) => {
    // Takes longer to load than to find that there is nothing to build.
    const { build } = await import('./build.ts');
    await build(folder);
  },
});
