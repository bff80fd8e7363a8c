import * as z from 'zod/mini';

export const DEFAULT_MESSAGE_RETENTION_DAYS = 400;

/** What the deployment sets for every function. The names are those of the environment variables. */
const environmentSchema = z.object({
  MESSAGES_TABLE: z.string().check(z.minLength(1)),
  USAGE_TABLE: z.string().check(z.minLength(1)),
  MESSAGE_RETENTION_DAYS: z._default(
    z.coerce.number().check(z.int(), z.positive()),
    DEFAULT_MESSAGE_RETENTION_DAYS,
  ),
});

/** The environment variables, as whoever sets them has to give them. */
export type EnvironmentVariables = Record<keyof z.output<typeof environmentSchema>, string>;

export interface Settings {
  messagesTableName: string;
  usageTableName: string;
  /** How long a message is stored after it was sent, in days; no older one is recorded or counted. */
  messageRetentionDays: number;
}

/**
 * Reads the settings from environment variables.
 *
 * @throws Error that names every variable that is missing or wrong
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const result = z.safeParse(environmentSchema, environment);
  if (!result.success) {
    const places = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`environment variables are missing or wrong: ${places.join('; ')}`);
  }
  return {
    messagesTableName: result.data.MESSAGES_TABLE,
    usageTableName: result.data.USAGE_TABLE,
    messageRetentionDays: result.data.MESSAGE_RETENTION_DAYS,
  };
}
