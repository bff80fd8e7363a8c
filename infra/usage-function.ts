import { join } from 'node:path';
import { AssetHashType, DockerImage, Duration, type Size } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { EnvironmentVariables, RestApiVariables } from '../functions/shared/runtime/settings.ts';
import { TIME_LIMIT_SECONDS } from '../functions/shared/runtime/time-limits.ts';
import { type FunctionFolder, writeBundle } from './bundling.ts';
import { explain } from './explained-exceptions.ts';
import { metricNamespaceOf } from './metric-namespace.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import type { UsageStorage } from './usage-storage.ts';

export interface UsageFunctionProps {
  /** The folder in `functions/` with the function's `handler.ts`. */
  folder: FunctionFolder;
  description: string;
  memory: Size;
  /**
   * Why the function needs no failure destination of its own: who invokes it, and waits for it. Left out
   * where it is invoked asynchronously.
   */
  waitedForBy?: string;
  /** Variables of its own, beside those that every function has. */
  environment?: Readonly<Record<string, string>>;
  /** Puts into the folder of the bundle what the function reads besides. */
  addFiles?: (bundleFolder: string) => void;
  storage: UsageStorage;
  settings: StackSettings;
}

/**
 * A function as all of this service are: Node.js 24 on arm64, one minified ES module, a log group that
 * forgets, and a role of its own that may write that log. What else it may do is granted by its maker.
 */
export class UsageFunction extends LambdaFunction {
  readonly folder: FunctionFolder;

  constructor(scope: Construct, id: string, props: UsageFunctionProps) {
    const { folder, description, memory, waitedForBy, addFiles, storage, settings } = props;
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
      COUNTER_RETENTION_DAYS: String(settings.counterRetentionDays),
      HEARTBEAT_KEYS: String(settings.heartbeatKeys),
      METRIC_NAMESPACE: metricNamespaceOf(scope),
      KEY_REQUESTS_PER_SECOND: String(settings.keyLimit.requestsPerSecond),
      KEY_BURST: String(settings.keyLimit.burst),
      ...behindRestApi(settings),
    };
    const reserved = settings.reservedConcurrency[folder];
    super(scope, id, {
      description,
      code: bundledCode(folder, addFiles),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memory.toMebibytes(),
      timeout: Duration.seconds(TIME_LIMIT_SECONDS[folder]),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { ...environment, ...props.environment },
      ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
    });
    this.folder = folder;
    explain(this, {
      'Serverless-LambdaTracing':
        'X-Ray would need a permission on every resource, and its price grows with the traffic. A request id ' +
        'goes through the answer, the access log and the log of the function.',
      ...(waitedForBy !== undefined && {
        'Serverless-LambdaDLQ': waitedForBy,
      }),
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

/** What a REST API leaves to the functions, where there is something. */
function behindRestApi({ corsOrigins, emulator, endpoint }: StackSettings): RestApiVariables {
  if (endpoint !== 'rest-api') return {};
  return {
    ...(corsOrigins.length > 0 && { CORS_ORIGINS: corsOrigins.join(',') }),
    ...(emulator && { COMPRESS_ANSWERS: 'false' }),
  };
}

/** The function's bundle with its notices, and further files, made when the template is, unless that is switched off. */
function bundledCode(folder: FunctionFolder, addFiles: UsageFunctionProps['addFiles']): Code {
  return Code.fromAsset(join(import.meta.dirname, '..', 'functions', folder), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK asks for an image in which to bundle where that does not work here; there is no such place.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle(outputFolder) {
          writeBundle(folder, outputFolder);
          addFiles?.(outputFolder);
          return true;
        },
      },
    },
  });
}
