import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import * as z from 'zod';

// Values for a test to send, made from the schemas of the OpenAPI document: what they allow, and what not.

/** A schema of the document, in which nothing is a reference. */
export type DocumentedSchema = Readonly<Record<string, unknown>>;

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

/** What is not known here is an error: values that it does not allow would be made, and dropped, without end. */
const SCHEMA = z.strictObject({
  type: z.enum(['string', 'integer', 'number', 'boolean', 'array', 'object', 'null']).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).optional(),
  oneOf: z.array(z.record(z.string(), z.unknown())).optional(),
  format: z.enum(['date', 'date-time']).optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  items: z.record(z.string(), z.unknown()).optional(),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.literal(false).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
});

const MOST_ITEMS = 6;

/** Whether a schema allows a value. */
function isAllowed(schema: DocumentedSchema, value: unknown): boolean {
  return ajv.validate(schema, value);
}

/** Values that a schema allows. A constraint that this does not know fails the test. */
export function allowedValues(schema: DocumentedSchema): fc.Arbitrary<unknown> {
  return rawValues(schema).filter((value) => isAllowed(schema, value));
}

function rawValues(schema: DocumentedSchema): fc.Arbitrary<unknown> {
  const { type, const: value, enum: values, anyOf, oneOf = anyOf, ...rest } = SCHEMA.parse(schema);
  if ('const' in schema) return fc.constant(value);
  if (values !== undefined) return fc.constantFrom(...values);
  if (oneOf !== undefined) return fc.oneof(...oneOf.map(allowedValues));
  switch (type) {
    case 'string':
      return texts(rest);
    case 'integer':
      return fc.integer({ min: rest.minimum ?? -1_000, max: rest.maximum ?? 1_000 });
    case 'number':
      return fc.double({ min: rest.minimum ?? -1_000, max: rest.maximum ?? 1_000, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const { minItems = 0, maxItems = MOST_ITEMS, items = {} } = rest;
      return fc.array(allowedValues(items), {
        minLength: minItems,
        maxLength: Math.min(maxItems, minItems + MOST_ITEMS),
      });
    }
    case 'object': {
      const properties = Object.entries(rest.properties ?? {});
      return fc.record(
        Object.fromEntries(properties.map(([name, property]) => [name, allowedValues(property)])),
        { requiredKeys: rest.required ?? [] },
      );
    }
    case undefined:
      return fc.jsonValue();
  }
}

function texts({
  format,
  pattern,
  minLength = 0,
  maxLength = 2_000,
}: Pick<z.output<typeof SCHEMA>, 'format' | 'pattern' | 'minLength' | 'maxLength'>): fc.Arbitrary<string> {
  if (format !== undefined) {
    const instants = fc
      .date({ min: new Date('1999-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
    return format === 'date' ? instants.map((instant) => instant.slice(0, 10)) : instants;
  }
  return fc.oneof(
    ...(pattern === undefined ? [] : [fc.stringMatching(new RegExp(pattern))]),
    fc.string({ unit: 'grapheme', minLength, maxLength }),
    fc.string({ unit: 'binary', minLength, maxLength }),
    fc.constantFrom('#', '%', '%23', '/', '..', ' ', '\u{10FFFF}', '__proto__', 'x'.repeat(maxLength)),
  );
}

/** Values that a schema does not allow. */
export function refusedValues(schema: DocumentedSchema): fc.Arbitrary<unknown> {
  return fc
    .oneof(fc.jsonValue(), fc.constantFrom(...HOSTILE_TEXTS), nearlyAllowed(schema))
    .filter((value) => !isAllowed(schema, value));
}

/** What a schema allows, with one of its fields or items replaced by something else. */
function nearlyAllowed(schema: DocumentedSchema): fc.Arbitrary<unknown> {
  return fc.tuple(rawValues(schema), fc.jsonValue(), fc.nat()).map(([value, other, place]) => {
    if (Array.isArray(value)) return value.with(place % Math.max(value.length, 1), other);
    if (typeof value !== 'object' || value === null) return other;
    const names = Object.keys(value);
    return { ...value, [names[place % Math.max(names.length, 1)] ?? 'other']: other };
  });
}

const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  'a\nb',
  '\u2028',
  'null',
  '-1',
  '0',
  '1e1',
  '0x10',
  '05',
  '1.0',
  '101',
  '9'.repeat(400),
  'NaN',
  '2026-02-29',
  '2026-2-1',
  '2026-11-22T00:00:00Z',
  'percentage,',
  ',percentage',
  'percentage, activity',
  'Percentage',
  '[object Object]',
  "'; --",
  'x'.repeat(129),
  '😀'.repeat(129),
];

/** How a parameter's value is written in a path or a query: an array's items are separated by commas. */
export function parameterText(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** The texts of a parameter that its schema does not allow. */
export function refusedTexts(schema: DocumentedSchema): fc.Arbitrary<string> {
  if (HOSTILE_TEXTS.every((text) => isAllowedText(schema, text))) {
    throw new Error(`the document allows every text: ${JSON.stringify(schema)}`);
  }
  const all = fc.oneof(
    fc.constantFrom(...HOSTILE_TEXTS),
    fc.string({ unit: 'binary', maxLength: 300 }),
    allowedValues(schema).map((value) => `${parameterText(value)}\u0007`),
  );
  return all.filter((text) => !isAllowedText(schema, text));
}

function isAllowedText(schema: DocumentedSchema, text: string): boolean {
  switch (schema['type']) {
    case 'integer':
      return String(Number(text)) === text && isAllowed(schema, Number(text));
    case 'array':
      return isAllowed(schema, text.split(','));
    default:
      return isAllowed(schema, text);
  }
}
