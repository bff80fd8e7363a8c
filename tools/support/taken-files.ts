import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import { monthOf } from '../../functions/shared/domain/month.ts';
import { addDays, dayOf, type EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { REPORTS_PREFIX } from '../../functions/shared/runtime/export-settings.ts';
import { s3Client } from '../../functions/shared/runtime/s3-client.ts';
import { fileName } from '../../local/aws/bucket/object-folder.ts';
import { toldFilesOf } from '../../local/host/data-folder.ts';
import type { AwsClientOptions } from './stack-data.ts';
import { ToolError } from './tool-error.ts';

/** Exported days and reports may be of so many years at most. */
const YEARS = 20;
/** S3 takes at most this many keys in one call. */
const KEYS_AT_ONCE = 1_000;

/**
 * Removes the files of a peer in the bucket of exported days and reports: their keys follow from the peer and the day, so
 * that nobody has to list the bucket.
 *
 * @throws ToolError where one could not be removed
 */
export async function removeFromBucket(
  bucket: string,
  options: AwsClientOptions | undefined,
  peerId: string,
  now: EpochMillis,
): Promise<void> {
  const client = await s3Client(options);
  try {
    for (const keys of inBatches(keysOf(peerId, now), KEYS_AT_ONCE)) {
      const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
      const { Errors: errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
      const [first] = errors;
      if (first !== undefined) throw new ToolError(`files in ${bucket} could not be removed: ${first.Code}`);
    }
  } finally {
    client.destroy();
  }
}

/** Every key that a file of the peer may have. */
function keysOf(peerId: string, now: EpochMillis): string[] {
  const peer = `peer=${encodeURIComponent(peerId)}`;
  const today = dayOf(now);
  const days = Array.from({ length: YEARS * 366 }, (_, age) => addDays(today, -age));
  const months = [...new Set(days.map(monthOf))];
  return [
    ...days.map((day) => `day=${day}/${peer}/usage.jsonl`),
    ...months.flatMap((month) =>
      ['json', 'csv', 'html'].map((kind) => `${REPORTS_PREFIX}${month}/${peer}/report.${kind}`),
    ),
  ];
}

/** A line of what was told, or of an announced day that could not be taken. */
const namingLine = z.union([
  z.object({ data: z.object({ peerId: z.string() }) }).transform(({ data }) => data.peerId),
  z.object({ peerId: z.string() }).transform(({ peerId }) => peerId),
]);

/** Removes the files of a peer in the folder of a local host, and the lines about it in what was told and announced. */
export async function removeFromFolder(folder: string, peerId: string): Promise<void> {
  const { exports, reports, alerts, failedAnnouncements } = toldFilesOf(folder);
  const name = fileName(`peer=${encodeURIComponent(peerId)}`);
  for (const root of [exports, reports]) {
    const entries = await whereThere(() => readdir(root, { recursive: true, withFileTypes: true }));
    for (const entry of entries ?? []) {
      if (!entry.isDirectory() || entry.name !== name) continue;
      await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
    }
  }
  for (const file of [alerts, failedAnnouncements]) await removeLines(file, peerId);
}

async function removeLines(file: string, peerId: string): Promise<void> {
  const lines = (await whereThere(() => readFile(file, 'utf8')))?.split('\n') ?? [];
  const left = lines.filter((line) => !isAbout(line, peerId));
  // In place: a host that runs goes on to add lines to this file.
  if (left.length < lines.length) await writeFile(file, left.join('\n'));
}

function isAbout(line: string, peerId: string): boolean {
  try {
    return namingLine.safeParse(JSON.parse(line)).data === peerId;
  } catch {
    return false;
  }
}

async function whereThere<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
