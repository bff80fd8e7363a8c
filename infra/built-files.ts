import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import * as dashboard from '../dashboard/build/build-folder.ts';
import * as openapi from '../openapi/build-folder.ts';

const BUILD_SCRIPT = join(import.meta.dirname, '../build/main.ts');

/**
 * Builds what functions read, where what is built is not of the sources as they are.
 *
 * @throws Error where something cannot be built
 */
function build(): void {
  // In a process of its own, because the CDK does not wait for promises.
  execFileSync(process.execPath, [BUILD_SCRIPT], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/**
 * Puts the dashboard's files beside the bundle of a function, in the folder in which serve-dashboard reads
 * them.
 *
 * @throws Error where the dashboard cannot be built
 */
export function addDashboard(bundleFolder: string): void {
  build();
  cpSync(join(dashboard.BUILD_FOLDER, dashboard.SERVED), join(bundleFolder, 'dashboard'), {
    recursive: true,
  });
}

/**
 * Puts what the API publishes about itself beside the bundle of a function, in the folder in which usage-api
 * reads it.
 *
 * @throws Error where it cannot be built
 */
export function addPublishedDocuments(bundleFolder: string): void {
  build();
  cpSync(join(openapi.BUILD_FOLDER, openapi.PUBLISHED), join(bundleFolder, 'published'), { recursive: true });
}

/** Vite's list of the files that a page is made of. */
const modules = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().default(false),
    /** Names in this list, of what is loaded with it. */
    imports: z.array(z.string()).default([]),
  }),
);

/**
 * The bytes, compressed, of the scripts that the page loads before it shows anything, and of the script for
 * other people's pages.
 *
 * @throws Error where the dashboard cannot be built
 */
export function dashboardBytes(): { firstLoad: number; embedScript: number } {
  build();
  const list = modules.parse(
    JSON.parse(readFileSync(join(dashboard.BUILD_FOLDER, dashboard.MODULES), 'utf8')),
  );
  const loaded = new Set(Object.keys(list).filter((name) => list[name]?.isEntry));
  // A set also gives what is added to it on the way.
  for (const name of loaded) for (const imported of list[name]?.imports ?? []) loaded.add(imported);
  const files = [...loaded].flatMap((name) => list[name]?.file ?? []);
  return {
    firstLoad: files.reduce((bytes, file) => bytes + servedBytes(file), 0),
    embedScript: servedBytes(dashboard.EMBED_SCRIPT),
  };
}

function servedBytes(file: string): number {
  return statSync(join(dashboard.BUILD_FOLDER, dashboard.SERVED, `${file}.gz`)).size;
}
