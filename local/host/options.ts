import { Command, InvalidArgumentError } from 'commander';
import { parseEndpoint, portFrom } from '../support/option-parsers.ts';

/** How the local host is to run. */
export interface HostOptions {
  host: string;
  /** 0 lets the system choose one. */
  port: number;
  dataFolder: string;
  /** Whether to begin without the data of earlier runs. */
  fresh: boolean;
  /** The URL of a DynamoDB to use instead of the embedded one. */
  dynamodbEndpoint?: string;
  /** The file of that DynamoDB, where it is a dynoxide of this machine. */
  dynamodbFile?: string;
  /** Whether to load the sample where there is no data. */
  sample: boolean;
  /** Who is told of findings and reports beside the people at the terminal, as URLs. */
  webhooks: readonly string[];
  /** What is sent to them is signed with it. */
  webhookSecret?: string;
  /** The origins whose pages may call the API. */
  corsOrigins: readonly string[];
  /** Where the import of Mixpanel is, where days are exported there. */
  mixpanelUrl?: string;
  /** Where the Measurement Protocol of Google Analytics is, likewise. */
  ga4Url?: string;
}

/**
 * Reads the options from the arguments of the command line. What is wrong with them goes to standard
 * error, help to standard output, and then the process ends.
 */
export function parseOptions(argumentsGiven: readonly string[]): HostOptions {
  const command = optionsCommand();
  command.parse(argumentsGiven, { from: 'user' });
  const options = command.opts<{
    host: string;
    port: number;
    data: string;
    fresh: boolean;
    dynamodbEndpoint?: string;
    dynamodbFile?: string;
    sample: boolean;
    webhook: string[];
    corsOrigin: string[];
    webhookSecret?: string;
    mixpanelUrl?: string;
    ga4Url?: string;
  }>();
  const { host, port, data, fresh, dynamodbEndpoint, dynamodbFile, sample } = options;
  const { webhook, webhookSecret, mixpanelUrl, ga4Url } = options;
  if (fresh && dynamodbEndpoint !== undefined) {
    command.error('error: --fresh empties the embedded DynamoDB; it does not go with --dynamodb-endpoint');
  }
  if (dynamodbFile !== undefined && dynamodbEndpoint === undefined) {
    command.error('error: --dynamodb-file needs --dynamodb-endpoint');
  }
  return {
    host,
    port,
    dataFolder: data,
    fresh,
    sample,
    webhooks: webhook,
    corsOrigins: options.corsOrigin,
    ...(webhookSecret !== undefined && { webhookSecret }),
    ...(mixpanelUrl !== undefined && { mixpanelUrl }),
    ...(ga4Url !== undefined && { ga4Url }),
    ...(dynamodbEndpoint !== undefined && { dynamodbEndpoint }),
    ...(dynamodbFile !== undefined && { dynamodbFile }),
  };
}

function optionsCommand(): Command {
  return new Command('npm start --')
    .description('Runs Channel Usage Analytics on this machine.')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', 'the port to listen on, 0 for any', portFrom(0), 8787)
    .option('--data <folder>', 'where data is kept', parseFolder, '.local')
    .option('--fresh', 'delete the data of earlier runs first, their API keys too', false)
    .option('--dynamodb-endpoint <url>', 'use another DynamoDB instead of the embedded one', parseEndpoint)
    .option('--dynamodb-file <file>', 'where that one keeps its data, if it is a dynoxide: makes it faster')
    .option(
      '--webhook <url>',
      'a webhook that is told of findings and reports; can be repeated',
      (url, urls: string[]) => [...urls, url],
      [],
    )
    .option('--webhook-secret <secret>', 'what that is signed with: whsec_ and Base64, or two of them')
    .option(
      '--cors-origin <origin>',
      'an origin whose pages may call the API, such as http://127.0.0.1:8080; can be repeated',
      (origin, origins: string[]) => [...origins, parseOrigin(origin)],
      [],
    )
    .option(
      '--mixpanel-url <url>',
      'export days to Mixpanel, or a fake: the full address of the import',
      parseEndpoint,
    )
    .option(
      '--ga4-url <url>',
      'export days to Google Analytics, or a fake: the full address of the Measurement Protocol',
      parseEndpoint,
    )
    .option('--no-sample', "do not load the sample's messages")
    .allowExcessArguments(false)
    .showHelpAfterError('(npm start -- --help tells more)');
}

function parseOrigin(text: string): string {
  if (URL.parse(text)?.origin !== text) {
    throw new InvalidArgumentError(
      'An origin is a scheme, a host and a port, such as http://127.0.0.1:8080.',
    );
  }
  return text;
}

function parseFolder(text: string): string {
  if (text === '') throw new InvalidArgumentError('A folder needs a name.');
  return text;
}
