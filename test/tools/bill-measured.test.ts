import { App } from 'aws-cdk-lib';
import { Template as SynthesizedTemplate } from 'aws-cdk-lib/assertions';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { billUnits } from '../../bench/bill-units.ts';
import { runsAtRest } from '../../bench/runs-at-rest.ts';
import { stackName } from '../../infra/stack-name.ts';
import { settingsOf } from '../../infra/stack-settings.ts';
import { UsageAnalyticsStack } from '../../infra/usage-analytics-stack.ts';
import { RUNS_AT_REST, STACK, UNITS } from '../../tools/support/bill/measured.ts';
import { folderOf, parseTemplate, resourcesOf, type Template } from '../infra/template-rules.ts';
import { areUnitsBilled } from '../support/database/capacity.ts';
import { test } from '../support/fixture.ts';

// What a change made cheaper or dearer is written down in tools/support/bill/measured.ts, from where npm run cost and the
// tables of docs/cost.md take it.

describe.runIf(areUnitsBilled)('a bill is made of what is measured', () => {
  test('the units and bytes of messages, days and answers', async ({ database }) => {
    expect(await billUnits(database)).toEqual(UNITS);
  });

  test('what runs take that find nothing to do', async ({ database }) => {
    expect(await runsAtRest(database)).toEqual(RUNS_AT_REST);
  });
});

describe.each(['dev', 'prod'] as const)('a bill is made of what a stack has: %s', (stage) => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const settings = settingsOf(stage, { alarmsTo: 'operator@example.com' });
  const stack = new UsageAnalyticsStack(app, stackName({ stage }), settings);
  const template = parseTemplate(SynthesizedTemplate.fromStack(stack).toJSON());

  test('alarms, a dashboard and consumers', () => {
    expect({
      alarmMetrics: metricsOfAlarms(template),
      dashboards: resourcesOf(template, 'AWS::CloudWatch::Dashboard').length,
      consumers: resourcesOf(template, 'AWS::SNS::Subscription').filter(
        ({ properties }) => properties['Protocol'] === 'sqs',
      ).length,
    }).toEqual({
      alarmMetrics: STACK.alarmMetrics,
      dashboards: STACK.dashboards,
      consumers: STACK.consumers,
    });
  });

  test('functions with their memory', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function').map(({ id, properties }) => [
      folderOf(id),
      properties['MemorySize'],
    ]);
    expect(Object.fromEntries(functions)).toMatchObject(STACK.megabytes);
  });

  test('schedules', () => {
    const runs: Record<string, number> = {};
    for (const { properties } of resourcesOf(template, 'AWS::Scheduler::Schedule')) {
      const { ScheduleExpression: expression, Target: target } = schedule.parse(properties);
      const folder = folderOf(target.Arn['Fn::GetAtt'][0]);
      runs[folder] = (runs[folder] ?? 0) + firingsADay(expression);
    }
    expect(runs).toEqual(STACK.runsADay);
  });
});

const schedule = z.object({
  ScheduleExpression: z.string(),
  Target: z.object({ Arn: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }) }),
});

const alarm = z.object({
  Metrics: z.array(z.object({ MetricStat: z.unknown().optional() })).optional(),
});

/** CloudWatch bills an alarm for each metric that it looks at. */
function metricsOfAlarms(template: Template): number {
  return resourcesOf(template, 'AWS::CloudWatch::Alarm')
    .map(({ properties }) => alarm.parse(properties).Metrics)
    .map((metrics) => metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1)
    .reduce((sum, metrics) => sum + metrics, 0);
}

/** How often a schedule fires on a day: in each of its hours alike, or of a span of them. */
function firingsADay(expression: string): number {
  const [, minutes = '', first, last] =
    /^cron\((\S+) (?:\*|(\d+)-(\d+)) \* \* \? \*\)$/.exec(expression) ?? [];
  const hours = first === undefined ? 24 : Number(last) - Number(first) + 1;
  const [, every] = /^0\/(\d+)$/.exec(minutes) ?? [];
  if (minutes === '*') return hours * 60;
  if (every !== undefined) return hours * (60 / Number(every));
  return hours * minutes.split(',').length;
}
