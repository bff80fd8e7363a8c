// Functions share the usage table, and each reaches its own partitions of it: docs/decisions/017-least-privilege.md.

// Such a condition also holds where a call names no partition, as a scan does: so it goes with no action but those that
// always name one. A rule in test/infra/template-rules.ts says which these are.

const LEADING_KEYS = 'dynamodb:LeadingKeys';

/** The condition that all that a call reads or writes lies in one partition of a table or of an index. */
export function onlyIn(partition: string) {
  return { 'ForAllValues:StringEquals': { [LEADING_KEYS]: [partition] } };
}

/** The same of all partitions that begin with a text. */
export function onlyWhereBegins(prefix: string) {
  return onlyLike(`${prefix}*`);
}

/** The same of all partitions that are like one of some patterns, in which `*` stands for any text. */
export function onlyLike(...patterns: string[]) {
  return { 'ForAllValues:StringLike': { [LEADING_KEYS]: patterns } };
}
