// What the local host and the tools have to agree on to work on the same tables.

/** The names of the tables, as the functions' environment variables. */
export const LOCAL_ENVIRONMENT = {
  MESSAGES_TABLE: 'channel-usage-messages',
  USAGE_TABLE: 'channel-usage',
  /** No function reads it: tools alone do. */
  AUDIT_TABLE: 'channel-usage-audit',
};

const ACCESS_KEY = 'local';

/** Credentials of no account: a DynamoDB for development takes any. */
export const LOCAL_CONNECTION = {
  region: 'local',
  credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: 'local' },
};

/** The URL of a local DynamoDB, with the access key that it wants to see as its user. */
export function addressWithKey(endpoint: string, accessKey: string): string {
  return endpoint.replace('://', `://${accessKey}@`);
}

/**
 * What a client of a local DynamoDB is made with.
 *
 * @param address its URL; where it wants to see a certain access key, with that as its user
 */
export function connectionTo(address: string) {
  const { username } = new URL(address);
  if (username === '') return { ...LOCAL_CONNECTION, endpoint: address };
  const credentials = { ...LOCAL_CONNECTION.credentials, accessKeyId: username };
  return { ...LOCAL_CONNECTION, credentials, endpoint: address.replace(`${username}@`, '') };
}
