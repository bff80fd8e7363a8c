import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../../functions/shared/runtime/dependencies.ts';
import { AUDIT_TABLE } from '../../../functions/shared/store/audit-table.ts';
import { MESSAGES_TABLE } from '../../../functions/shared/store/messages-table.ts';
import { USAGE_TABLE } from '../../../functions/shared/store/usage-table.ts';
import { startEmbeddedDynamoDB } from '../../../local/database/embedded-dynamodb.ts';
import { createTable } from '../../../local/database/tables.ts';
import { clientOf, InMemoryDynamoDB, NOBODYS_CLIENT } from './in-memory/in-memory-dynamodb.ts';

/** A DynamoDB for tests. */
export interface TestDatabase {
  endpoint: string;
  client: DynamoDBDocumentClient;
  /** The client beneath it, for those who do not work with plain objects. */
  base: DynamoDBClient;
  /** Makes empty tables: those of messages, of usage and of the audit log. */
  createTables(): Promise<{ messagesTableName: string; usageTableName: string; auditTableName: string }>;
  stop(): Promise<void>;
}

/**
 * The embedded DynamoDB, in memory. Where `DYNAMODB_ENDPOINT` is set it is the DynamoDB there instead:
 * so the same tests run against the official DynamoDB Local. Where `TEST_DATABASE` is `in-memory` it is the one that
 * schedules are enumerated on, which is part of this process and has no endpoint.
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  if (process.env['TEST_DATABASE'] === 'in-memory') return inMemoryDatabase();
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  const embedded = endpoint === undefined ? await startEmbeddedDynamoDB() : undefined;
  const address = endpoint ?? embedded?.endpoint ?? '';
  const base = new DynamoDBClient({
    endpoint: address,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // A DynamoDB for development looks at no signature, and to compute one is a fifth of what a call costs.
    signer: {
      async sign(request) {
        request.headers['x-amz-date'] = '20261122T100000Z';
        request.headers['authorization'] =
          'AWS4-HMAC-SHA256 Credential=local/20261122/local/dynamodb/aws4_request, ' +
          'SignedHeaders=host;x-amz-date, Signature=none';
        return request;
      },
    },
  });
  let made = 0;
  const run = `${process.pid}-${process.hrtime.bigint()}`;
  return {
    endpoint: address,
    client: documentClient(base),
    base,
    async createTables() {
      made += 1;
      const messagesTableName = `messages-${run}-${made}`;
      const usageTableName = `usage-${run}-${made}`;
      await createTable(base, messagesTableName, MESSAGES_TABLE);
      await createTable(base, usageTableName, USAGE_TABLE);
      const auditTableName = `audit-${run}-${made}`;
      await createTable(base, auditTableName, AUDIT_TABLE);
      return { messagesTableName, usageTableName, auditTableName };
    },
    async stop() {
      base.destroy();
      await embedded?.stop();
    },
  };
}

/** The DynamoDB that schedules are enumerated on: a part of this process, without an endpoint. */
export function inMemoryDatabase(): TestDatabase {
  const dynamodb = new InMemoryDynamoDB();
  let made = 0;
  return {
    endpoint: 'no endpoint: the database is part of this process',
    client: clientOf(async (command) => dynamodb.execute(command)),
    base: NOBODYS_CLIENT,
    async createTables() {
      made += 1;
      const names = {
        messagesTableName: `messages-${made}`,
        usageTableName: `usage-${made}`,
        auditTableName: `audit-${made}`,
      };
      dynamodb.createTable(names.messagesTableName, MESSAGES_TABLE);
      dynamodb.createTable(names.usageTableName, USAGE_TABLE);
      dynamodb.createTable(names.auditTableName, AUDIT_TABLE);
      return names;
    },
    async stop() {},
  };
}
