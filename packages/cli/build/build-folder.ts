import { join } from 'node:path';

/** The folder of the build. */
export const BUILD_FOLDER = join(import.meta.dirname, '../dist');
/** The file, in that folder, that `bin/channel-usage.js` runs. */
export const PROGRAM = 'channel-usage.js';
/** The folder, in that folder, of what the program loads when a command needs it. */
export const CHUNKS = 'chunks';
/** The file, in that folder, with the notices of the packages whose code is in the program. */
export const NOTICES = 'THIRD-PARTY-NOTICES.txt';
/** The file, in that folder, with the licence. */
export const LICENCE = 'LICENSE';
