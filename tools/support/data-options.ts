import type { Command } from 'commander';
import type { Environment } from '../../infra/commands/target.ts';
import { parseEndpoint } from '../../local/support/option-parsers.ts';
import type { AwsClientOptions } from './stack-data.ts';
import { addStackOptions } from './stack-options.ts';

// The options that say where the data is. Nothing here loads what reaches it.

/** Where the data is that a tool works on. */
export interface DataOptions {
  data: string;
  dynamodbEndpoint?: string;
  aws?: boolean;
  table?: string;
  /** What clients of AWS are made with, where the person has named a stack. */
  client?: AwsClientOptions;
}

/**
 * Adds the options that say where the data is.
 *
 * @param environment the variables that lead to AWS, where a stack is named
 */
export function addDataOptions(command: Command, environment: Environment): Command {
  return addStackOptions(command, environment)
    .option('--data <folder>', "the local host's data, whether it runs or not", '.local')
    .option('--dynamodb-endpoint <url>', 'another DynamoDB on this machine', parseEndpoint)
    .option('--aws', 'DynamoDB in AWS, with the credentials and the region of the environment')
    .option('--table <name>', 'the usage table; --aws needs it');
}

/** Where the messages are too. */
export interface BothTablesOptions extends DataOptions {
  messagesTable?: string;
}

/** Adds the options that say where the data is, for tools that work on the messages too. */
export function addBothTablesOptions(command: Command, environment: Environment): Command {
  return addDataOptions(command, environment).option(
    '--messages-table <name>',
    'the messages table; --aws needs it',
  );
}

/** Where the audit log is too. */
export interface AllTablesOptions extends BothTablesOptions {
  auditTable?: string;
}

/** Adds the options that say where the data is, for tools that leave a line in the audit log. */
export function addAllTablesOptions(command: Command, environment: Environment): Command {
  return addAuditTableOption(addBothTablesOptions(command, environment), '--aws needs it');
}

/** Adds the option that says which table the audit log is in. @param needed where it is */
export function addAuditTableOption(command: Command, needed: string): Command {
  return command.option('--audit-table <name>', `the table of the audit log; ${needed}`);
}
