import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { FOLDER_VARIABLE, parseNotes, readPolicies, SYNTHESIZED_FILE } from './judgement.ts';
import { permissionProblems } from './permission-problems.ts';

const SYNTHESIZE = join(import.meta.dirname, 'synthesize.ts');

/** Makes the template to whose policies functions are held in this run, and looks in the end at how they were used. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'permissions-'));
  await promisify(execFile)(process.execPath, [SYNTHESIZE, join(folder, SYNTHESIZED_FILE)]);
  process.env[FOLDER_VARIABLE] = folder;
  return async () => {
    try {
      const problems = permissionProblems(readPolicies(folder), await notesIn(folder), {
        isWholeRun: await isWholeRun(project),
      });
      if (problems.length === 0) return;
      process.stderr.write(`${problems.join('\n')}\n`);
      process.exitCode = 1;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

async function notesIn(folder: string) {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.notes'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(parseNotes);
}

/** Whether every test ran, and passed: only then something that no test used is used by none. */
async function isWholeRun(project: TestProject): Promise<boolean> {
  const { state, config } = project.vitest;
  if (config.testNamePattern !== undefined) return false;
  const passed = new Set(
    state
      .getTestModules()
      .filter((testModule) => testModule.project.name === project.name && testModule.state() === 'passed')
      .map(({ moduleId }) => moduleId),
  );
  const { testFiles } = await project.globTestFiles();
  return testFiles.every((file) => passed.has(file));
}
