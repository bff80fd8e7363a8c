import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { parseJson } from '../../functions/shared/domain/parse-json.ts';
import { addDashboard, addPublishedDocuments } from '../../infra/built-files.ts';
import { BUNDLE_FILE, bundle, bundleModule, FUNCTION_FOLDERS } from '../../infra/bundling.ts';
import { stackName } from '../../infra/stack-name.ts';
import { settingsOf } from '../../infra/stack-settings.ts';
import { UsageAnalyticsStack } from '../../infra/usage-analytics-stack.ts';
import { folderOf, parseTemplate, resourcesOf } from '../../test/infra/template-rules.ts';
import { median, noiseNote, type Ratio, ratioOf } from '../measure/statistics.ts';
import { short, table, times } from '../measure/table.ts';
import type { Section } from './section.ts';

const ROUNDS = 31;
const LONGEST_IMPORT_MS = 30_000;
const SMALLEST = 'the smallest function';

/** Imports a bundle as Lambda does, in a process that has done nothing else, and says what that took. */
const IMPORT = `
const startedAt = performance.now();
const before = process.cpuUsage();
await import(process.argv[1]);
const ms = performance.now() - startedAt;
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1_000 }));
`;
const imported = z.object({ ms: z.number(), cpuMs: z.number() });

/** A bundle in a folder, as it is deployed. */
interface Startable {
  name: string;
  file: string;
  bytes: number;
  environment: Record<string, string>;
}

/** What it took to import a bundle, by round, in milliseconds. */
interface Started extends Startable {
  ms: number[];
  cpuMs: number[];
}

/** Writes the bundles of all functions, and of the smallest one, which is the first. */
function writeAll(folder: string): Startable[] {
  const environments = environmentsOfStack();
  const smallest = { name: SMALLEST, code: bundleModule('bench/peers/smallest-function.ts', false).code };
  const functions = FUNCTION_FOLDERS.filter((name) => environments.has(name)).map((name) => ({
    name,
    code: bundle(name).code,
  }));
  return [smallest, ...functions].map(({ name, code }) => {
    const place = join(folder, name.replaceAll(' ', '-'));
    mkdirSync(place);
    const file = join(place, BUNDLE_FILE);
    writeFileSync(file, code);
    if (name === 'serve-dashboard') addDashboard(place);
    if (name === 'usage-api') addPublishedDocuments(place);
    return { name, file, bytes: Buffer.byteLength(code), environment: environments.get(name) ?? {} };
  });
}

const functionProperties = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});
const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/** The environment variables of all functions, by their folder. */
function environmentsOfStack(): Map<string, Record<string, string>> {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const settings = { ...settingsOf('dev'), exports: { ...settingsOf('dev').exports, s3: true as const } };
  const stack = new UsageAnalyticsStack(app, stackName({ stage: 'dev' }), settings);
  const functions = resourcesOf(parseTemplate(Template.fromStack(stack).toJSON()), 'AWS::Lambda::Function');
  return new Map(
    functions.map(({ id, properties }) => {
      const variables = Object.entries(functionProperties.parse(properties).Environment.Variables);
      return [folderOf(id), Object.fromEntries(variables.map(([name, value]) => [name, textOf(value)]))];
    }),
  );
}

/** A value as it might be once CloudFormation has filled in the names that it gave. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { data } = joined.safeParse(value);
  if (data === undefined) return 'given';
  const [separator, parts] = data['Fn::Join'];
  return parts.map(textOf).join(separator);
}

function importOnce({ file, environment }: Startable): z.output<typeof imported> {
  const given = {
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...environment,
  };
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', IMPORT, file], {
    env: given,
    encoding: 'utf8',
    timeout: LONGEST_IMPORT_MS,
  });
  return imported.parse(parseJson(output));
}

/** Imports each in turn. */
function importAll(startable: readonly Startable[], rounds: number): Started[] {
  const started = startable.map((each): Started => ({ ...each, ms: [], cpuMs: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const each of started) {
      const { ms, cpuMs } = importOnce(each);
      each.ms.push(ms);
      each.cpuMs.push(cpuMs);
    }
  }
  return started;
}

const INTRODUCTION =
  `Each bundle is imported by a Node.js process of its own that has done nothing else. ${capital(SMALLEST)} makes a ` +
  "document client and reads one item with it (`bench/peers/smallest-function.ts`); it is bundled as the service's own " +
  'are, with the same parts of the SDK left out. The exports to Mixpanel and Google Analytics are not among them: they ' +
  'read their secrets from SSM while they are imported.';

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

export const start: Section = {
  name: 'start',
  title: 'Start',
  async run({ isQuick }) {
    const folder = mkdtempSync(join(tmpdir(), 'start-'));
    try {
      const [smallest, ...functions] = importAll(writeAll(folder), isQuick ? 1 : ROUNDS);
      if (smallest === undefined) throw new Error('nothing was imported');
      const ratios: Ratio[] = [];
      const rows = [smallest, ...functions].map(({ name, bytes, ms, cpuMs }) => {
        const [time, cpu] = [ratioOf(ms, smallest.ms), ratioOf(cpuMs, smallest.cpuMs)];
        ratios.push(time);
        return [
          name,
          times(time),
          times(cpu),
          `${short(bytes / smallest.bytes)}×`,
          (bytes / 1_000).toFixed(0),
          `${short(median(ms))} / ${short(median(cpuMs))}`,
        ];
      });
      const head = ['function', 'import time', 'CPU of it', 'bundle', 'KB', 'ms / ms of CPU'];
      return [INTRODUCTION, table(head, rows), noiseNote(ratios)].join('\n\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
