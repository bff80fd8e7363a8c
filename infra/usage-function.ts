import { join } from 'node:path';
import type { Duration, Size } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { EnvironmentVariables } from '../functions/runtime/environment.ts';
import type { HttpFunction } from '../functions/runtime/routes.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import type { UsageStorage } from './usage-storage.ts';

const REPOSITORY = join(import.meta.dirname, '..');

/**
 * The SDK's ways to credentials other than environment variables, which it loads only where there are
 * none. Lambda always sets them, and has these packages beside the function in any case.
 */
const UNUSED_CREDENTIAL_PROVIDERS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

export interface UsageFunctionProps {
  /** The folder in `functions/` with the function's `handler.ts`. */
  folder: HttpFunction | 'count-messages';
  description: string;
  memory: Size;
  timeout: Duration;
  storage: UsageStorage;
  settings: StackSettings;
}

/**
 * A function as all of this service are: Node.js 24 on arm64, one minified ES module, a log group that
 * forgets, and a role of its own that may write that log. What else it may do is granted by its maker.
 */
export class UsageFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: UsageFunctionProps) {
    const { folder, description, memory, timeout, storage, settings } = props;
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: settings.logRetention,
      removalPolicy: removalPolicyOf(settings),
    });
    // A role made here, because the one that CDK would make may write every log of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const environment: EnvironmentVariables = {
      MESSAGES_TABLE: storage.messages.tableName,
      USAGE_TABLE: storage.usage.tableName,
      MESSAGE_RETENTION_DAYS: String(settings.messageRetentionDays),
    };
    super(scope, id, {
      description,
      entry: join(REPOSITORY, 'functions', folder, 'handler.ts'),
      projectRoot: REPOSITORY,
      depsLockFilePath: join(REPOSITORY, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory.toMebibytes(),
      timeout,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { ...environment },
      bundling: {
        format: OutputFormat.ESM,
        // The SDK's ES modules, of which esbuild can leave out what is not used.
        mainFields: ['module', 'main'],
        target: 'node24',
        minify: true,
        // Without a source map: reading one costs a tenth and more of a cold start, and the same commit
        // gives the same bundle again, with a map, whenever a stack trace has to be read.
        sourceMap: false,
        // The SDK is bundled: Lambda's own copy changes without a deployment.
        externalModules: UNUSED_CREDENTIAL_PROVIDERS,
      },
    });
  }

  /** Lets the function do something, and nothing else. */
  allow(actions: readonly string[], resource: string, conditions?: Record<string, unknown>): void {
    this.addToRolePolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [resource],
        ...(conditions !== undefined && { conditions }),
      }),
    );
  }
}
