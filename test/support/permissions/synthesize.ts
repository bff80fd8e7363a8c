import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnElement } from 'aws-cdk-lib';
import { stackName } from '../../../infra/stack-name.ts';
import { settingsOf } from '../../../infra/stack-settings.ts';
import { UsageAnalyticsStack } from '../../../infra/usage-analytics-stack.ts';
import { UsageFunction } from '../../../infra/usage-function.ts';
import { ALL_EXPORTS } from './all-exports.ts';

// node synthesize.ts FILE: writes the template into a file, with the logical id of every function in it. It is a
// program of its own, because the CDK takes a second to load, which no test has to wait for.

const [, , file = ''] = process.argv;
// With everything that settings may switch on.
const settings = { ...settingsOf('dev'), exports: ALL_EXPORTS };
const outdir = mkdtempSync(join(tmpdir(), 'synthesized-'));
try {
  // Functions are not bundled: what they may do does not depend on their code.
  // The template is not validated either: test/infra does that, and it takes longer than all the rest.
  const context = { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:validateAgainstDefaultRules': false };
  const app = new App({ context, outdir });
  const stack = new UsageAnalyticsStack(app, stackName({ stage: settings.stage }), settings);
  const { template } = app.synth().getStackByName(stack.stackName);
  const functions = Object.fromEntries(
    stack.node.findAll().flatMap((construct) => {
      if (!(construct instanceof UsageFunction)) return [];
      const element = construct.node.defaultChild;
      if (!CfnElement.isCfnElement(element)) throw new Error('a function is not made of a function');
      return [[construct.folder, stack.getLogicalId(element)]];
    }),
  );
  writeFileSync(file, JSON.stringify({ template, functions }));
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
