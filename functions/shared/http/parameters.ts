import * as z from 'zod/mini';
import { INCLUDABLE_CHANNELS } from '../domain/channel-stats.ts';
import { described } from '../domain/described.ts';
import {
  IDENTIFIER_JSON_SCHEMA,
  IDENTIFIER_WORDS,
  identifier,
  identifierProblem,
} from '../domain/identifier.ts';
import { isUtcDay } from '../domain/utc-day.ts';
import { listParameter } from './request-parsing.ts';

/** What the API description says of a parameter. */
interface ParameterWords {
  description: string;
  /** As the description has it: of a list, its words. */
  example?: string | number | readonly string[];
}

/** An identifier in a path. */
// @__NO_SIDE_EFFECTS__
export function pathIdentifier(name: string, { description, example }: ParameterWords) {
  return described(identifier(name), {
    param: {
      description: `${description} ${IDENTIFIER_WORDS}; percent-encoded as all parts of a path.`,
      example,
    },
  });
}

/** The path of all that is about a peer. */
export const peerPath = z.object({
  peerId: pathIdentifier('peerId', { description: 'The peer: an AI agent or chatbot.', example: 'peer_123' }),
});

/** A day in a query, which may be left out. */
// @__NO_SIDE_EFFECTS__
export function dayParameter(name: string, words: ParameterWords) {
  const override = { type: 'string', format: 'date' } as const;
  return described(z.optional(dayIn(name)), { override, param: { ...words } });
}

/** A day in a query, which must be given. */
// @__NO_SIDE_EFFECTS__
export function requiredDayParameter(name: string, words: ParameterWords) {
  return described(dayIn(name), { override: { type: 'string', format: 'date' }, param: { ...words } });
}

// @__NO_SIDE_EFFECTS__
function dayIn(name: string) {
  const error = `${name} must be a day that exists, as YYYY-MM-DD, such as 2026-11-22`;
  return z.string(error).check(z.refine(isUtcDay, error));
}

/** Refuses a range whose days are in the wrong order. */
// @__NO_SIDE_EFFECTS__
export function inOrder<Query extends z.ZodMiniType<{ from?: string | undefined; to?: string | undefined }>>(
  query: Query,
): Query {
  return query.check(
    z.refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
      error: 'from must not be after to',
      path: ['from'],
    }),
  );
}

/** A list of words in a query, which may be left out. */
// @__NO_SIDE_EFFECTS__
export function wordsParameter<const Words extends readonly string[]>(
  name: string,
  includable: Words,
  { description, example }: ParameterWords,
) {
  const one = z.enum(includable);
  const list = z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => text.split(',').every((word) => z.safeParse(one, word).success),
          `${name} must be a comma-separated list of ${includable.join(', ')}`,
        ),
      ),
    z.transform((text: string) => new Set(text.split(',').map((word) => z.parse(one, word)))),
  );
  return described(listParameter(z.optional(list)), {
    override: { type: 'array', items: { type: 'string', enum: [...includable] }, minItems: 1 },
    param: { description, style: 'form', explode: false, example },
  });
}

/** A list of identifiers in a query, which may be left out. Each comes once, and has no comma in it. */
// @__NO_SIDE_EFFECTS__
export function identifiersParameter(name: string, words: ParameterWords) {
  const listed = (text: string) => [...new Set(text.split(','))];
  const list = z.pipe(
    z.string().check((context) => {
      const [message] = listed(context.value).flatMap((each) => identifierProblem(name, each) ?? []);
      if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
    }),
    z.transform(listed),
  );
  return described(listParameter(z.optional(list)), {
    override: { type: 'array', items: IDENTIFIER_JSON_SCHEMA, minItems: 1 },
    param: { style: 'form', explode: true, ...words },
  });
}

/** The parameter that lists channels of other statuses. */
// @__NO_SIDE_EFFECTS__
export function includeChannels() {
  return wordsParameter('include', INCLUDABLE_CHANNELS, {
    description:
      'Channels to list beside the enabled ones, and to count in totals: `disabled`, `removed` or both, ' +
      'separated by a comma.',
    example: ['disabled', 'removed'],
  });
}

/** A whole number in a query, both limits included, with what it is where it is left out. */
// @__NO_SIDE_EFFECTS__
export function wholeNumberParameter(
  name: string,
  limits: { least: number; most: number; default: number },
  words: ParameterWords,
) {
  const { least, most } = limits;
  const number = z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => /^(0|[1-9]\d*)$/.test(text) && Number(text) >= least && Number(text) <= most,
          `${name} must be a whole number from ${least} to ${most}`,
        ),
      ),
    z.transform(Number),
  );
  return described(z._default(number, limits.default), {
    override: { type: 'integer', minimum: least, maximum: most, default: limits.default },
    param: { ...words },
  });
}
