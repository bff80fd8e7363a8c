import { join } from 'node:path';

/** The folder of the build. */
export const BUILD_FOLDER = join(import.meta.dirname, '../dist');
/** The folder, in that of a build, of what is served: compressed, but for the page itself. */
export const SERVED = 'served';
/** The file, in the folder of a build, in which Vite says which file of the page loads which. */
export const MODULES = 'modules.json';
/** The file, among what is served, with the notices of the packages in the page and in that script. */
export const NOTICES = 'assets/notices.txt';
/** The script, among what is served, for other people's pages. */
export const EMBED_SCRIPT = 'channel-usage.js';
