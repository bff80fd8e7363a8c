import * as z from 'zod';
import { INCLUDABLE_CHANNELS } from '../../../../functions/shared/domain/channel-stats.ts';
import { foreignName } from '../../../../functions/shared/domain/name-in-text.ts';
import { isUtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { nearestAdvice } from '../nearest-advice.ts';

// What tools are given. What the service says of it in words of its own is left to the service.

/** The arguments of a tool; one that it does not know is refused, with the one that was likely meant. */
export function toolArguments<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error(issue) {
      if (issue.code !== 'unrecognized_keys') return undefined;
      return issue.keys.map((name) => unknownArgument(name, known)).join('; ');
    },
  });
}

function unknownArgument(name: string, known: readonly string[]): string {
  return `${foreignName(name)} is not an argument of this tool: ${nearestAdvice(name, known)}`;
}

const day = z.string().refine(isUtcDay, 'it must be a day that exists, as YYYY-MM-DD');
const mostChannels = 100;

export const peerId = z
  .string()
  .min(1)
  .max(128)
  .describe('The peer (an AI agent or chatbot), by its exact id.');
export const from = z.exactOptional(day.describe('The first day (UTC), YYYY-MM-DD.'));
export const to = z.exactOptional(day.describe('The last day (UTC), itself included, YYYY-MM-DD.'));
export const include = z.exactOptional(
  z
    .array(z.enum(INCLUDABLE_CHANNELS))
    .describe('Also channels that are disabled or removed, which are left out otherwise, of totals too.'),
);
export const maxChannels = z
  .int()
  .min(1)
  .max(mostChannels)
  .default(20)
  .describe(
    'How many channels to tell at most, those with the most messages first. Totals always include all of them; leftOut says how many were left out.',
  );
