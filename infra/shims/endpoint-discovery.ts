// In place of @aws-sdk/middleware-endpoint-discovery. The client of DynamoDB can be told to ask DynamoDB
// for an endpoint of its own, which no command of it does by itself, and nobody tells it to.

/** Where the setting would be read from: nowhere, so that it has no value. */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};

/** Leaves the client's configuration as it is. */
export function resolveEndpointDiscoveryConfig<Configuration>(configuration: Configuration): Configuration {
  return configuration;
}
