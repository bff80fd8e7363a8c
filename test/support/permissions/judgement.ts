import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { systemCode } from '../../../functions/shared/runtime/error-text.ts';
import type { FunctionFolder } from '../../../infra/bundling.ts';
import { type Call, type Policies, permissionsUsed, policyOf } from './policy.ts';

/** The variable that leads every process of a test run to the folder with the template, where it also notes what it sees. */
export const FOLDER_VARIABLE = 'PERMISSIONS_FOLDER';
/** The file in that folder that `synthesize.ts` writes. */
export const SYNTHESIZED_FILE = 'synthesized.json';

/** A call that the policy of its function does not allow; in AWS it would fail with an error of this name. */
class AccessDeniedException extends Error {
  override name = 'AccessDeniedException';
}

/** What a process saw: a permission that was used, or a call that was refused where no test can ask for it. */
const noteSchema = z.union([
  z.strictObject({
    folder: z.string(),
    used: z.strictObject({
      action: z.string(),
      resource: z.string(),
      partitions: z.exactOptional(z.string()),
    }),
  }),
  z.strictObject({ refused: z.string() }),
]);
export type Note = z.output<typeof noteSchema>;

const refusals: string[] = [];
const allowed = new Set<string>();
const noted = new Set<string>();
let onRefusal = (reason: string): void => {
  refusals.push(reason);
};
let policies: Policies | undefined;

/** The calls that were refused since this was asked last, a sentence each. */
export function takeRefusals(): string[] {
  return refusals.splice(0);
}

/**
 * Notes what a call makes use of.
 *
 * @throws AccessDeniedException where the policy of the function does not allow it
 */
export function judge(folder: FunctionFolder, call: Call): void {
  // The same calls come again and again, thousands of times in a fault schedule.
  const name = [folder, call.action, call.resource, ...call.leadingKeys].join(' ');
  if (allowed.has(name)) return;
  const used = permissionsUsed(policyOfFunction(folder), call);
  if (used.length === 0) {
    const keys = call.leadingKeys.length === 0 ? '' : ` in ${call.leadingKeys.join(', ')}`;
    refuse(`${folder} may not do ${call.action} on ${call.resource}${keys}`);
  }
  for (const permission of used) note({ folder, used: permission });
  allowed.add(name);
}

/** Refuses a call, and keeps the reason for the test in which that happens. @throws AccessDeniedException */
export function refuse(reason: string): never {
  onRefusal(reason);
  throw new AccessDeniedException(reason);
}

/**
 * Lets a refusal end this process, in which no test can ask for refusals. The reason is noted for the end of the run,
 * because the test in which that happens may have ended first.
 */
export function endOnRefusal(): void {
  onRefusal = (reason) => {
    note({ refused: reason });
    process.stderr.write(`${reason}\n`);
    process.exit(1);
  };
}

/**
 * The resource of a policy that a function knows by a variable.
 *
 * @param rest what follows the ARN, such as the name of an index
 */
export function resourceOf(folder: FunctionFolder, variable: string, rest = ''): string {
  const id = policyOfFunction(folder).environment[variable];
  return id === undefined ? refuse(`${folder} has no variable ${variable}`) : `${id}.Arn${rest}`;
}

function policyOfFunction(folder: FunctionFolder) {
  policies ??= readPolicies(runFolder());
  const policy = policies[folder];
  if (policy === undefined) throw new Error(`the template has no function ${folder}`);
  return policy;
}

const synthesized = z.object({ template: z.unknown(), functions: z.record(z.string(), z.string()) });

/** The policies of the functions in the template of a run. @throws Error where they cannot be read */
export function readPolicies(folder: string): Policies {
  const { template, functions } = synthesized.parse(
    JSON.parse(readFileSync(join(folder, SYNTHESIZED_FILE), 'utf8')),
  );
  return Object.fromEntries(Object.entries(functions).map(([name, id]) => [name, policyOf(template, id)]));
}

/** Reads what a process noted. */
export function parseNotes(text: string): Note[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => noteSchema.parse(JSON.parse(line)));
}

/** Written at once, because a process may be killed at any time; once each, because there are few different ones. */
function note(seen: Note): void {
  const line = JSON.stringify(seen);
  if (noted.has(line)) return;
  noted.add(line);
  try {
    appendFileSync(join(runFolder(), `${process.pid}.notes`), `${line}\n`);
  } catch (error) {
    // A test may take the disk away from its process. At worst the run then says that nothing used a permission.
    if (!['EFBIG', 'ENOSPC'].includes(systemCode(error) ?? '')) throw error;
  }
}

function runFolder(): string {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) throw new Error(`${FOLDER_VARIABLE} is not set: vitest sets it`);
  return folder;
}
