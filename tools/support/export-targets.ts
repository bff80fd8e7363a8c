import * as z from 'zod/mini';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import type { DayExport, IncreasesExport } from '../../functions/shared/exporting/day-export.ts';
import { GoogleAnalyticsExport } from '../../functions/shared/exporting/google-analytics-export.ts';
import {
  type AnalyticsStream,
  MeasurementProtocol,
} from '../../functions/shared/exporting/measurement-protocol.ts';
import { MixpanelExport } from '../../functions/shared/exporting/mixpanel-export.ts';
import { type MixpanelAccount, MixpanelImport } from '../../functions/shared/exporting/mixpanel-import.ts';
import { S3Export } from '../../functions/shared/exporting/s3-export.ts';
import { analyticsStream, mixpanelAccount } from '../../functions/shared/exporting/with-secrets.ts';
import { errorInALine } from '../../functions/shared/runtime/error-text.ts';
import { googleAnalyticsSettings, mixpanelSettings } from '../../functions/shared/runtime/export-settings.ts';
import { MissingParameterError, readParameters } from '../../functions/shared/runtime/parameters.ts';
import { intoBucket, s3Client } from '../../functions/shared/runtime/s3-client.ts';
import { postOverHttp } from '../../functions/shared/sending/post-over-http.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import type { Environment } from '../../infra/commands/target.ts';
import { intoFolder } from '../../local/aws/bucket/object-folder.ts';
import { exportsFolderOf } from '../../local/host/data-folder.ts';
import { localAnalyticsStream, localMixpanelAccount } from '../../local/support/export-accounts.ts';
import type { DataOptions } from './data-options.ts';
import type { ToolContext } from './tool.ts';
import { orToolError, ToolError } from './tool-error.ts';

/** Where a tool exports to. */
export const EXPORT_TARGETS = ['s3', 'mixpanel', 'google-analytics'] as const;
export type ExportTarget = (typeof EXPORT_TARGETS)[number];

/** What says where figures go: a stack, or the person and the environment. */
export interface ExportTargetOptions extends DataOptions {
  mixpanelUrl?: string;
  ga4Url?: string;
  exportsBucket?: string;
  exportSettings?: string;
}

/** Does something with the export to a target. @throws ToolError where it is not set up */
export async function withExport<Result>(
  target: ExportTarget,
  options: ExportTargetOptions,
  table: Table,
  context: ToolContext,
  use: (target: DayExport) => Promise<Result>,
): Promise<Result> {
  const dependencies = { ...context, log: logOn(context) };
  switch (target) {
    case 's3':
      return withPut(options, (put) => use(new S3Export(table, dependencies, put)));
    default:
      return withIncreasesExport(target, options, table, context, use);
  }
}

/** Does something with the export to a target that keeps what was sent. @throws ToolError where it is not set up */
export async function withIncreasesExport<Result>(
  target: Exclude<ExportTarget, 's3'>,
  options: ExportTargetOptions,
  table: Table,
  context: ToolContext,
  use: (target: IncreasesExport) => Promise<Result>,
): Promise<Result> {
  const dependencies = { ...context, log: logOn(context) };
  switch (target) {
    case 'mixpanel':
      return use(new MixpanelExport(table, dependencies, await mixpanelImportOf(options, context)));
    case 'google-analytics':
      return use(
        new GoogleAnalyticsExport(table, dependencies, await measurementProtocolOf(options, context)),
      );
  }
}

/** What sends to Mixpanel. @throws ToolError where it is not set up */
export async function mixpanelImportOf(
  options: ExportTargetOptions,
  context: ToolContext,
): Promise<MixpanelImport> {
  const account = await mixpanelAccountOf(options, context.environment);
  return new MixpanelImport(account, { post: postOf(options, context), waiting: context.waiting });
}

/** What sends to Google Analytics. @throws ToolError where it is not set up */
export async function measurementProtocolOf(
  options: ExportTargetOptions,
  context: ToolContext,
): Promise<MeasurementProtocol> {
  const stream = await analyticsStreamOf(options, context.environment);
  return new MeasurementProtocol(stream, postOf(options, context));
}

async function withPut<Result>(
  { aws, data, client: clientOptions, exportsBucket }: ExportTargetOptions,
  use: (put: ReturnType<typeof intoFolder>) => Promise<Result>,
): Promise<Result> {
  if (aws !== true) return use(intoFolder(exportsFolderOf(data)));
  if (exportsBucket === undefined)
    throw new ToolError('--aws needs --exports-bucket, the name of the bucket');
  const client = await s3Client(clientOptions);
  try {
    return await use(intoBucket(client, exportsBucket));
  } finally {
    client.destroy();
  }
}

async function mixpanelAccountOf(
  options: ExportTargetOptions,
  environment: Environment,
): Promise<MixpanelAccount> {
  if (options.aws === true) {
    const { mixpanel } = settingsOf(options);
    if (mixpanel === undefined)
      throw new ToolError('nothing is exported to Mixpanel: exports.mixpanel is not set');
    return withParameters(options, (read) => mixpanelAccount(mixpanel, read));
  }
  const url = given('--mixpanel-url', options.mixpanelUrl);
  return orToolError(() => localMixpanelAccount(url, environment));
}

async function analyticsStreamOf(
  options: ExportTargetOptions,
  environment: Environment,
): Promise<AnalyticsStream> {
  if (options.aws === true) {
    const { googleAnalytics } = settingsOf(options);
    if (googleAnalytics === undefined) {
      throw new ToolError('nothing is exported to Google Analytics: exports.googleAnalytics is not set');
    }
    return withParameters(options, (read) => analyticsStream(googleAnalytics, read));
  }
  const url = given('--ga4-url', options.ga4Url);
  return orToolError(() => localAnalyticsStream(url, environment));
}

const exportSettings = z.object({
  mixpanel: z.optional(mixpanelSettings),
  googleAnalytics: z.optional(googleAnalyticsSettings),
});

function settingsOf({ exportSettings: text }: ExportTargetOptions) {
  if (text === undefined) {
    throw new ToolError('--aws needs --export-settings; name the stack with --stage, which has them');
  }
  const { data } = z.safeParse(exportSettings, parseJson(text));
  if (data === undefined) throw new ToolError('the settings of exports are not those of this version');
  return data;
}

async function withParameters<Result>(
  { client }: ExportTargetOptions,
  use: (read: (names: readonly string[]) => ReturnType<typeof readParameters>) => Promise<Result>,
): Promise<Result> {
  try {
    return await use((names) => readParameters(names, client));
  } catch (error) {
    const problem = error instanceof MissingParameterError ? error.message : errorInALine(error);
    throw new ToolError(`the secrets cannot be read: ${problem} (ssm:GetParameters is needed)`, {
      cause: error,
    });
  }
}

function given(option: string, url: string | undefined): string {
  if (url === undefined)
    throw new ToolError(`${option} is needed, the full address of the endpoint, or --stage`);
  return url;
}

/** Figures of this machine may go to fakes on it; those of a stage go to the internet alone. */
function postOf({ aws }: ExportTargetOptions, { waiting }: ToolContext) {
  return postOverHttp({ waiting, allowLoopback: aws !== true });
}

/** What exports have to say, for the person. */
export function logOn({ say }: ToolContext) {
  return {
    info() {},
    warn: (message: string) => say(`${message}\n`),
    error: (message: string, { peerId, day, problem }: Record<string, unknown>) =>
      say(`${message}: ${String(day)} of ${String(peerId)} (${String(problem)})\n`),
  };
}
