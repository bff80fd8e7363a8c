import type { TestDatabase } from '../support/database/database.ts';

/** A schedule as it went. */
interface Course<Result> {
  steps: string[];
  result: Result;
}

/** Runs the same schedule on one database after another; gives how it went on each. */
export async function stepsOnEach<Result>(
  databases: readonly TestDatabase[],
  run: (database: TestDatabase, trace: (line: string) => void) => Promise<Result>,
): Promise<Course<Result>[]> {
  const courses: Course<Result>[] = [];
  for (const database of databases) {
    const steps: string[] = [];
    const result = await run(database, (line) => steps.push(line));
    courses.push({ steps, result });
  }
  return courses;
}
