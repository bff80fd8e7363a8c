import * as z from 'zod/mini';
import { parseJson } from '../domain/parse-json.ts';

/**
 * Reads the value of an environment variable that is JSON.
 *
 * @param name of the variable
 * @throws Error that says what is wrong, and holds nothing of the value
 */
export function parseJsonVariable<Schema extends z.core.$ZodType>(
  name: string,
  schema: Schema,
  text: string,
): z.core.output<Schema> {
  const result = z.safeParse(schema, parseJson(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new Error(`the environment variable ${name} is wrong: ${problems.join('; ')}`);
}
