import { App } from 'aws-cdk-lib';
import { Template as SynthesizedTemplate } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FALLBACK_FUNCTION, methodsOf, ROUTES, routeKey } from '../../functions/shared/http/routes.ts';
import { checkTemplates } from '../../infra/explained-exceptions.ts';
import { type Stage, stackName } from '../../infra/stack-name.ts';
import { type StackSettings, settingsOf } from '../../infra/stack-settings.ts';
import { UsageAnalyticsStack } from '../../infra/usage-analytics-stack.ts';
import {
  everyPathReachesAFunction,
  methodsHaveLimits,
  parseTemplate,
  policiesNameWhatTheyAllow,
  resourcesOf,
  restPaths,
  TEMPLATE_RULES,
  type Template,
} from './template-rules.ts';

function stackOf(settings: StackSettings) {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return { app, stack: new UsageAnalyticsStack(app, stackName({ stage: settings.stage }), settings) };
}

function synthesize(settings: StackSettings): Template {
  return parseTemplate(SynthesizedTemplate.fromStack(stackOf(settings).stack).toJSON());
}

const REST = settingsOf('dev', { endpoint: 'rest-api' });
const templates: Record<Stage, Template> = {
  dev: synthesize(REST),
  prod: synthesize(settingsOf('prod', { endpoint: 'rest-api', alarmsTo: 'operator@example.com' })),
};
const template = templates.dev;

describe.each(Object.entries(templates))('with a REST API, in %s', (stage, synthesized) => {
  it.each(Object.entries(TEMPLATE_RULES))('%s', (_name, rule) => {
    expect(rule(synthesized)).toEqual([]);
  });

  it('the address is that of its stage', () => {
    expect(propertiesOf(synthesized, 'AWS::ApiGateway::Stage')['StageName']).toBe(stage);
    expect(JSON.stringify(synthesized.Outputs['ApiUrl']?.Value)).toMatch(new RegExp(`"/${stage}"]]}$`));
    expect(JSON.stringify(synthesized.Outputs['DashboardUrl']?.Value)).toMatch(
      new RegExp(`"/${stage}/"]]}$`),
    );
  });
});

describe('the REST API', () => {
  it('has the routes of the route table, each to its function, and all else to the fallback', () => {
    const routes = Object.values(ROUTES).flatMap((route) =>
      methodsOf(route).map((method) => [routeKey({ method, path: route.path }), route.function]),
    );
    const others = [...restPaths(template).values()].map((path) => [`ANY ${path}`, FALLBACK_FUNCTION]);
    expect(functionsByMethod()).toEqual(Object.fromEntries([...routes, ...others]));
  });

  it('hands on all bodies as they are, and is reached in its region', () => {
    expect(propertiesOf(template, 'AWS::ApiGateway::RestApi')).toMatchObject({
      BinaryMediaTypes: ['*/*'],
      EndpointConfiguration: { Types: ['REGIONAL'] },
      Name: 'channel-usage-analytics-dev',
    });
  });

  it('invokes each function by one permission', () => {
    const invoked = resourcesOf(template, 'AWS::Lambda::Permission').map(({ properties }) =>
      JSON.stringify(properties['FunctionName']),
    );
    expect(invoked).toHaveLength(5);
    expect(new Set(invoked).size).toBe(5);
  });

  it('differs from the stack with an HTTP API in nothing behind the API', () => {
    const http = synthesize(settingsOf('dev'));
    const behind = ({ Resources }: Template) =>
      Object.fromEntries(
        Object.entries(Resources).filter(
          ([id, { Type }]) =>
            !/ApiGateway|Lambda::Permission/.test(Type) &&
            !/Api(CloudWatch|.*Alarm)|^Dashboard|^Alarmsapi/.test(id),
        ),
      );
    // What links lead to is the dashboard, wherever that is.
    const withoutLinks = (resources: object) =>
      JSON.stringify(resources, (name, value) => (name === 'DASHBOARD_URL' ? undefined : value), 2);
    expect(withoutLinks(behind(template))).toEqual(withoutLinks(behind(http)));
  });

  it('leaves it to the functions to let pages of other origins in', () => {
    const settings = { ...REST, corsOrigins: ['https://a.example.com', 'https://b.example.com'] };
    expect(environments(synthesize(settings))).toEqual(
      environments(template).map((variables) => ({
        ...variables,
        CORS_ORIGINS: 'https://a.example.com,https://b.example.com',
      })),
    );
  });

  it('gets answers that are not compressed where it is one of an emulator', () => {
    expect(environments(synthesize({ ...REST, emulator: true }))).toEqual(
      environments(template).map((variables) => ({ ...variables, COMPRESS_ANSWERS: 'false' })),
    );
  });

  it("keeps cdk-nag's rules, or explains why not", () => {
    const { app } = stackOf(REST);
    checkTemplates(app);
    expect(() => app.synth()).not.toThrow();
  });

  it('is watched by the alarm and on the dashboard under its name', () => {
    const alarm = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(({ id }) =>
      id.startsWith('Alarmsapianswerswitherrors'),
    );
    expect(alarm?.properties['Metrics']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          MetricStat: expect.objectContaining({
            Metric: {
              Namespace: 'AWS/ApiGateway',
              MetricName: '5XXError',
              Dimensions: [{ Name: 'ApiName', Value: 'channel-usage-analytics-dev' }],
            },
          }),
        }),
      ]),
    );
  });
});

describe('the rules', () => {
  it('see a method without a limit, and a path that API Gateway answers itself', () => {
    const changed = structuredClone(template);
    for (const [id, { Type, Properties }] of Object.entries(changed.Resources)) {
      if (Type === 'AWS::ApiGateway::Stage') Properties['MethodSettings'] = [];
      if (Type === 'AWS::ApiGateway::Method' && Properties['HttpMethod'] === 'ANY')
        delete changed.Resources[id];
    }
    expect(methodsHaveLimits(changed)).toContainEqual(
      expect.stringMatching(/: no limit of POST \/api\/v1\/peer\/\{peerId\}\/messages$/),
    );
    expect(everyPathReachesAFunction(changed)).toContain('/api/v1/peer: has no method for all others');
  });

  it('see another role with the policy by which API Gateway writes logs', () => {
    const changed = structuredClone(template);
    for (const { Properties } of Object.values(changed.Resources)) {
      if (!('ManagedPolicyArns' in Properties)) continue;
      const Principal = { Service: 'lambda.amazonaws.com' };
      Properties['AssumeRolePolicyDocument'] = { Statement: [{ Principal }] };
    }
    expect(policiesNameWhatTheyAllow(changed)).toEqual([expect.stringMatching(/: has ManagedPolicyArns,/)]);
  });
});

function propertiesOf(of: Template, type: string): Record<string, unknown> {
  return resourcesOf(of, type)[0]?.properties ?? {};
}

/** The variables of all functions. */
function environments(of: Template): Record<string, unknown>[] {
  const variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });
  return resourcesOf(of, 'AWS::Lambda::Function').map(
    ({ properties }) => variables.parse(properties).Environment.Variables,
  );
}

/** The folder of the function that answers each method. */
function functionsByMethod(): Record<string, string | undefined> {
  const method = z.object({
    HttpMethod: z.string(),
    ResourceId: z.unknown(),
    Integration: z.object({ Type: z.literal('AWS_PROXY'), Uri: z.unknown() }),
  });
  const folders = {
    EndpointRecordMessages: 'record-messages',
    EndpointUsageApi: 'usage-api',
    EndpointLookUpMessages: 'look-up-messages',
    EndpointManageChannels: 'manage-channels',
    EndpointServeDashboard: 'serve-dashboard',
  };
  const paths = restPaths(template);
  return Object.fromEntries(
    resourcesOf(template, 'AWS::ApiGateway::Method').map(({ properties }) => {
      const { HttpMethod, Integration, ResourceId } = method.parse(properties);
      const uri = JSON.stringify(Integration.Uri);
      const [, folder] = Object.entries(folders).find(([name]) => uri.includes(`"${name}`)) ?? [];
      return [`${HttpMethod} ${paths.get(JSON.stringify(ResourceId))}`, folder];
    }),
  );
}
