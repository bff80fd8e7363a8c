// What the local host and the tools have to agree on to work on the same tables.

/** The names of the tables, as the functions' environment variables. */
export const LOCAL_ENVIRONMENT = {
  MESSAGES_TABLE: 'channel-usage-messages',
  USAGE_TABLE: 'channel-usage',
};

/** Credentials of no account: a DynamoDB for development takes any. */
export const LOCAL_CONNECTION = {
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};
