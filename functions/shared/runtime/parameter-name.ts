import * as z from 'zod/mini';

const WORDS =
  'must be the name of a parameter of SSM, such as /channel-usage/prod/secret (letters, digits, ".", "_", "-", ' +
  'and "/" before each part), and never what the parameter holds';

/** As the Parameter Store has them. What begins with a slash has one before each part. */
const NAME = /^([\w.-]+|(\/[\w.-]+){1,15})$/;
/** What nobody but AWS may begin a name with, and how a secret of Standard Webhooks begins. */
const RESERVED = /^\/?(aws|ssm)|^whsec_/i;
const MOST_CHARACTERS = 500;

/** A schema for the name of a SecureString in the Parameter Store of SSM. What it says of a wrong one holds nothing of it. */
export function parameterName() {
  return z
    .string(WORDS)
    .check(
      z.refine((name) => name.length <= MOST_CHARACTERS && NAME.test(name) && !RESERVED.test(name), WORDS),
    );
}
