import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

// The smallest function that has the SDK: it reads one item.

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = (item: { table: string; pk: string; sk: string }) =>
  documents.send(new GetCommand({ TableName: item.table, Key: { pk: item.pk, sk: item.sk } }));
