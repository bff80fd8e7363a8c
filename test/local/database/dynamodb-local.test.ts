import { expect, test } from 'vitest';
import { DynamoDBLocalError, requireJava } from '../../../local/database/dynamodb-local.ts';

const NEEDED = 'DynamoDB Local needs Java 17 or newer, and';

test.each([
  'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)',
  'openjdk version "17" 2021-09-14',
  'java version "21.0.2" 2024-01-16 LTS',
  'Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "26-ea" 2026-03-17',
])('a Java that is new enough will do: %j', (version) => {
  expect(() => requireJava(version)).not.toThrow();
});

test.each([
  ['java version "1.8.0_392"', `${NEEDED} the one on the PATH is Java 8`],
  ['openjdk version "11.0.21" 2023-10-17', `${NEEDED} the one on the PATH is Java 11`],
  ['openjdk version "16.0.2"', `${NEEDED} the one on the PATH is Java 16`],
  ['no Java runtime present', `${NEEDED} there is none on the PATH`],
  [undefined, `${NEEDED} there is none on the PATH`],
])('an old or missing Java is told in a line: %j', (version, message) => {
  expect(() => requireJava(version)).toThrow(new DynamoDBLocalError(message));
});
