import { Size } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { HttpFunction } from '../functions/shared/http/routes.ts';
import { DASHBOARD_URL_VARIABLE } from '../functions/shared/runtime/notification-targets.ts';
import { API_KEYS_PARTITION, SHARE_LINKS_PARTITION } from '../functions/shared/store/items/api-key.ts';
import { ERASED_PREFIX } from '../functions/shared/store/items/erased-peer.ts';
import { GIVEN_UP_PARTITION } from '../functions/shared/store/items/given-up-count.ts';
import { HASH_SECRET_PARTITION } from '../functions/shared/store/items/hash-secret.ts';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { PASSED_HEARTBEATS_PARTITION } from '../functions/shared/store/items/passed-heartbeats.ts';
import { DIRECTORY_PARTITIONS_PREFIX } from '../functions/shared/store/items/peer-directory-entry.ts';
import { addDashboard, addPublishedDocuments } from './built-files.ts';
import type { Gateway } from './gateway.ts';
import { httpApi } from './http-api.ts';
import { allowErasedPeers } from './message-counting.ts';
import { restApi } from './rest-api.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyIn, onlyLike, onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

/** What the functions and the API are made with. */
interface EndpointProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/**
 * The API and the functions behind it. Browsers of other origins get no leave to call it, unless the settings name
 * them.
 */
export class UsageEndpoint extends Construct {
  readonly functions: Readonly<Record<HttpFunction, UsageFunction>>;
  readonly gateway: Gateway;
  /** The address of the dashboard: that of the settings, or the API's own. */
  readonly dashboardUrl: string;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    this.functions = {
      'record-messages': recordMessages(this, props),
      'look-up-messages': lookUpMessages(this, props),
      'manage-channels': manageChannels(this, props),
      'usage-api': usageApi(this, props),
      'serve-dashboard': serveDashboard(this, props),
    };
    const gatewayOf = GATEWAYS[props.settings.endpoint];
    this.gateway = gatewayOf(this, this.functions, props.settings);
    this.dashboardUrl = props.settings.dashboardUrl ?? `${this.gateway.url}/`;
    // What a share link begins with: never what a request says of where it was sent.
    this.functions['manage-channels'].addEnvironment(DASHBOARD_URL_VARIABLE, this.dashboardUrl);
  }
}

/** What makes the API of each kind. */
const GATEWAYS = { 'http-api': httpApi, 'rest-api': restApi };

/** What all functions behind the API have in common. */
const BEHIND_API = {
  memory: Size.mebibytes(512),
  waitedForBy: 'API Gateway waits for the answer of the function.',
};

function recordMessages(scope: Construct, props: EndpointProps): UsageFunction {
  const { messages, usage } = props.storage;
  const handler = new UsageFunction(scope, 'RecordMessages', {
    ...BEHIND_API,
    ...props,
    folder: 'record-messages',
    description: 'Records messages that are posted to the HTTP API',
  });
  handler.allow(['dynamodb:PutItem'], messages.tableArn);
  // Of the usage table it sees the API keys and, for whether a peer may have one more channel, what belongs to
  // peers.
  allowApiKeys(handler, usage);
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:BatchGetItem'],
    usage.tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  return handler;
}

/**
 * A function of its own: no other one behind the API may read stored messages or the hash secret, and looking up takes
 * nothing from the instances that recording has.
 */
function lookUpMessages(scope: Construct, props: EndpointProps): UsageFunction {
  const { messages, usage } = props.storage;
  const handler = new UsageFunction(scope, 'LookUpMessages', {
    ...BEHIND_API,
    ...props,
    folder: 'look-up-messages',
    description: 'Tells of messages whether they were counted, and why not',
  });
  // Whoever has a message's ids can read it, and nobody can list messages.
  handler.allow(['dynamodb:BatchGetItem'], messages.tableArn);
  allowApiKeys(handler, usage);
  handler.allow(['dynamodb:GetItem'], usage.tableArn, onlyIn(HASH_SECRET_PARTITION));
  handler.allow(['dynamodb:GetItem'], usage.tableArn, onlyWhereBegins(ERASED_PREFIX));
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
    usage.tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  return handler;
}

function usageApi(scope: Construct, props: EndpointProps): UsageFunction {
  const { usage } = props.storage;
  const handler = new UsageFunction(scope, 'UsageApi', {
    ...BEHIND_API,
    ...props,
    folder: 'usage-api',
    description: 'Answers how much the channels of a peer were used',
    addFiles: addPublishedDocuments,
  });
  // Neither the hash secret nor what was quarantined, but how much of it there is.
  allowApiKeys(handler, usage);
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:Query'],
    usage.tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  handler.allow(['dynamodb:GetItem'], usage.tableArn, onlyIn(PASSED_HEARTBEATS_PARTITION));
  // One call reads of both.
  handler.allow(
    ['dynamodb:BatchGetItem'],
    usage.tableArn,
    onlyLike(GIVEN_UP_PARTITION, `${PEER_PARTITIONS_PREFIX}*`),
  );
  handler.allow(
    ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
    usage.tableArn,
    onlyWhereBegins(DIRECTORY_PARTITIONS_PREFIX),
  );
  return handler;
}

function manageChannels(scope: Construct, props: EndpointProps): UsageFunction {
  const { usage } = props.storage;
  const handler = new UsageFunction(scope, 'ManageChannels', {
    ...BEHIND_API,
    ...props,
    folder: 'manage-channels',
    description: 'Lists and changes the channels and the health settings of a peer',
  });
  // What it may write is what belongs to a peer, and share links, which read and do nothing else: never another API key.
  allowApiKeys(handler, usage);
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    usage.tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  handler.allow(['dynamodb:PutItem'], usage.tableArn, onlyWhereBegins(DIRECTORY_PARTITIONS_PREFIX));
  handler.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], usage.tableArn, onlyIn(SHARE_LINKS_PARTITION));
  allowErasedPeers(handler, usage.tableArn);
  return handler;
}

/** Lets a function read the API key, or the share link, that a request names. Keys are made and listed by tools alone. */
function allowApiKeys(handler: UsageFunction, usage: UsageStorage['usage']): void {
  handler.allow(['dynamodb:GetItem'], usage.tableArn, onlyIn(SHARE_LINKS_PARTITION));
  handler.allow(['dynamodb:GetItem'], usage.tableArn, onlyIn(API_KEYS_PARTITION));
}

/** It is given no more than files that everyone may read. */
function serveDashboard(scope: Construct, props: EndpointProps): UsageFunction {
  return new UsageFunction(scope, 'ServeDashboard', {
    ...BEHIND_API,
    ...props,
    folder: 'serve-dashboard',
    description: 'Serves the dashboard, and the script that other pages show usage with',
    addFiles: addDashboard,
  });
}
