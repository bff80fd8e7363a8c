import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { SCOPES } from '../../functions/shared/domain/api-key.ts';
import { KNOWN_VALUES } from '../../functions/shared/domain/described.ts';
import { ALL_FINDINGS } from '../../functions/shared/domain/findings/findings.ts';
import { ROUTES, type Route } from '../../functions/shared/http/routes.ts';
import { buildDocument } from '../../openapi/document.ts';
import { partAt } from '../../openapi/json-pointer.ts';
import { BUILT_DOCUMENT } from '../support/openapi/built-document.ts';
import {
  DOCUMENTED_OPERATIONS,
  DOCUMENTED_SCHEMAS,
  type DocumentedOperation,
} from '../support/openapi/documented-operations.ts';

const routes = Object.entries<Route>(ROUTES).map(([name, route]) => ({ name, ...route }));

test('the document is the one that the routes and the schemas make', () => {
  expect(JSON.parse(JSON.stringify(buildDocument()))).toEqual(BUILT_DOCUMENT);
});

test('every route of the API is in the document, and nothing else', () => {
  const described = DOCUMENTED_OPERATIONS.map(
    ({ operationId, method, path }) => `${operationId}: ${method} ${path}`,
  );
  const expected = routes
    .filter((route) => route.function !== 'serve-dashboard')
    .map(({ name, method, path }) => `${name}: ${method} ${path}`);
  expect(described.sort()).toEqual(expected.sort());
});

/** The status of success where it is not 200, by operation. */
const OTHER_SUCCESS: Readonly<Record<string, string>> = { makeShareLink: '201', revokeShareLink: '204' };

describe('for generated clients', () => {
  test('every operation is called after what it does', () => {
    for (const { operationId } of DOCUMENTED_OPERATIONS) {
      expect(operationId).toMatch(/^(?:get|list|lookUp|make|record|revoke|set)[A-Z]\w+$/);
    }
  });

  test('every answer has one media type at most', () => {
    const several = DOCUMENTED_OPERATIONS.flatMap(({ operationId, responses }) =>
      Object.entries(responses)
        .filter(([, { content }]) => Object.keys(content).length > 1)
        .map(([status]) => `${operationId}: ${status}`),
    );
    expect(several).toEqual([]);
  });

  test('every finding is called one, so that no constructor has the name of another schema', () => {
    const names = Object.keys(DOCUMENTED_SCHEMAS);
    expect(names.filter((name) => /^New[A-Z]/.test(name) && names.includes(name.slice(3)))).toEqual([]);
    expect(names.filter((name) => name.endsWith('Finding'))).toHaveLength(ALL_FINDINGS.length + 1);
  });

  test('what an answer says of errors is limited to no values, as later versions may have others', () => {
    const code = partAt(BUILT_DOCUMENT, '/components/schemas/ErrorAnswer/properties/error/properties/code');
    expect(code).not.toHaveProperty('enum');
    expect(code).toHaveProperty(KNOWN_VALUES, expect.arrayContaining(['invalid_request', 'unauthenticated']));
  });

  test('no schema has a name that a language has for something else', () => {
    const languages = [...Object.getOwnPropertyNames(globalThis), ...NAMES_OF_LANGUAGES];
    expect(Object.keys(DOCUMENTED_SCHEMAS).filter((name) => languages.includes(name))).toEqual([]);
  });

  test('no value that a field is limited to has a control character, as some write it as it is', () => {
    expect(limitingValues(BUILT_DOCUMENT).filter((value) => /\p{Cc}/u.test(value))).toEqual([]);
  });
});

/** Names that need no import in browsers or in Java. */
const NAMES_OF_LANGUAGES = ['Comment', 'History', 'Module', 'Option', 'Process', 'Range', 'Record', 'Report'];

describe.each(DOCUMENTED_OPERATIONS.map((operation) => [operation.operationId, operation] as const))(
  '%s',
  (name, operation) => {
    const route = routes.find((candidate) => candidate.name === name);

    test('asks for the key and the scope that its route asks for', () => {
      if (route === undefined || route.access === 'public') {
        expect(operation.security).toEqual([]);
        expect(operation.description).toContain('Needs no API key.');
      } else {
        expect(operation.security).toEqual([{ apiKey: [] }]);
        expect(operation.description).toMatch(
          route.scope === 'any'
            ? /Needs an API key, whatever its scopes\.$/
            : new RegExp(`Needs an API key (?:for this peer )?with the scope \`${route.scope}\`\\.$`),
        );
      }
    });

    test('names every answer that there can be', () => {
      const expected = [OTHER_SUCCESS[name] ?? '200', '400', '404', '405', '429', '500', '503'];
      if (route?.access !== 'public') expected.push('401');
      if (route?.access !== 'public' && route?.scope !== 'any') expected.push('403');
      if (operation.method === 'GET') expected.push('304');
      if (operation.requestBody !== undefined) expected.push('413', '415');
      if (name === 'setChannel') expected.push('201', '409');
      if (name === 'makeShareLink') expected.push('409');
      expect(Object.keys(operation.responses).sort()).toEqual(expected.sort());
    });

    test('describes every parameter, with an example or without a value that anyone could guess', () => {
      for (const { name: parameter, description, example } of operation.parameters) {
        expect(description).not.toBe('');
        expect([parameter, example === undefined]).toEqual([parameter, parameter === 'cursor']);
      }
    });

    test('has examples that are as the schemas say', () => {
      expect(exampleProblems(operation)).toEqual([]);
    });
  },
);

test.each(Object.entries(DOCUMENTED_SCHEMAS))('every field of %s is described', (_name, { properties }) => {
  const field = z.object({ description: z.string().optional() });
  const fields = z.record(z.string(), field).default({}).parse(properties);
  const undescribed = Object.entries(fields).filter(([, { description }]) => description === undefined);
  expect(undescribed).toEqual([]);
});

test('every schema that has a name is described', () => {
  const undescribed = Object.entries(DOCUMENTED_SCHEMAS).filter(([, { description }]) => !description);
  expect(undescribed).toEqual([]);
});

test('every field is described, however deep it is, and wherever', () => {
  expect(undescribedFields(BUILT_DOCUMENT)).toEqual([]);
  const fields = {
    a: { properties: { b: {} } },
    c: { description: 'C.' },
    d: { $ref: '#/components/schemas/D' },
  };
  const examples = { one: { value: { properties: { e: 1 } } } };
  expect(undescribedFields({ schema: { items: { properties: fields } }, examples })).toEqual([
    'schema.items.properties.a',
    'schema.items.properties.a.properties.b',
  ]);
});

const text = z.object({ description: z.string() });
const described = z
  .object({ info: text, components: z.object({ securitySchemes: z.object({ apiKey: text }) }) })
  .parse(BUILT_DOCUMENT);

test('every scope is described', () => {
  const { description } = described.components.securitySchemes.apiKey;
  for (const scope of SCOPES) expect(description).toContain(`\`${scope}\`: `);
});

test('the rules of counting are told', () => {
  const { description } = described.info;
  for (const rule of [
    'conversations of a range are therefore those that **started** in it',
    'A message belongs to the day (UTC) of its `sentAt`',
    'A percentage has one decimal',
    'need not add to 100',
  ]) {
    expect(description).toContain(rule);
  }
});

const describedField = z.union([
  z.object({ description: z.string().min(1) }),
  // What it refers to has a name, and is described as that.
  z.object({ $ref: z.string() }),
]);

/** Where in a document there are fields without a description; examples have fields of their own. */
function undescribedFields(node: unknown, path: string[] = []): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, part]) => {
    if (name === 'examples' || name === 'example') return [];
    const here = [...path, name];
    const isUndescribed = path.at(-1) === 'properties' && !describedField.safeParse(part).success;
    return [...(isUndescribed ? [here.join('.')] : []), ...undescribedFields(part, here)];
  });
}

/** The texts that fields of a document are limited to. */
function limitingValues(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, part]) => {
    if (name === 'examples' || name === 'example') return [];
    const values: unknown[] = name === 'const' ? [part] : name === 'enum' && Array.isArray(part) ? part : [];
    return [...values.filter((value) => typeof value === 'string'), ...limitingValues(part)];
  });
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

function exampleProblems({ parameters, requestBody, responses }: DocumentedOperation): string[] {
  const examples = [
    ...parameters
      .filter(({ example }) => example !== undefined)
      .map(({ schema, example }) => ({ schema, value: example })),
    ...[requestBody, ...Object.values(responses)].flatMap((part) =>
      Object.values(part?.content ?? {}).flatMap(({ schema, examples }) =>
        Object.values(examples).map(({ value }) => ({ schema, value })),
      ),
    ),
  ];
  return examples.flatMap(({ schema, value }) =>
    ajv.validate(schema, value) ? [] : [`${JSON.stringify(value)}: ${ajv.errorsText()}`],
  );
}
