import type { Command } from 'commander';
import { runTool, type ToolContext } from '../../tools/support/tool.ts';
import type { TestDatabase } from '../support/database/database.ts';
import type { TestDependencies } from '../support/service/test-dependencies.ts';

/** How a tool ended, and what it said. */
export interface ToolRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a tool as it is typed, on the tables of a test, with nobody at the terminal. */
export async function runOn(
  dependencies: TestDependencies,
  command: (context: ToolContext) => Command,
  argumentsGiven: readonly string[],
  changed: Partial<ToolContext> = {},
): Promise<ToolRun> {
  let stdout = '';
  let stderr = '';
  const context: ToolContext = {
    clock: dependencies.clock,
    waiting: dependencies.waiting,
    randomBytes: dependencies.randomBytes,
    environment: {},
    write: (text) => {
      stdout += text;
    },
    say: (text) => {
      stderr += text;
    },
    terminal: undefined,
    ask: async () => undefined,
    ...changed,
  };
  const exitCode = await runTool(command(context), argumentsGiven, context);
  return { exitCode, stdout, stderr };
}

/** The options that lead to the tables of a test. */
export function usageTableOf(database: TestDatabase, { settings }: TestDependencies): string[] {
  return ['--dynamodb-endpoint', database.endpoint, '--table', settings.usageTableName];
}

export function bothTablesOf(database: TestDatabase, dependencies: TestDependencies): string[] {
  return [
    ...usageTableOf(database, dependencies),
    '--messages-table',
    dependencies.settings.messagesTableName,
  ];
}

export function allTablesOf(database: TestDatabase, dependencies: TestDependencies): string[] {
  return [...bothTablesOf(database, dependencies), '--audit-table', dependencies.settings.auditTableName];
}
