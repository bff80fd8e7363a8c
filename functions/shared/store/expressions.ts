/** Expressions of a request to DynamoDB, with the names and values that they use. */
export interface Expressions {
  KeyConditionExpression?: string;
  FilterExpression?: string;
  ProjectionExpression?: string;
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
}

/** Lets a write through only where it holds. */
export type Condition = Expressions & { ConditionExpression: string };

/** Changes some attributes of an item. */
export type Update = Expressions & { UpdateExpression: string };

/** Where no item of the key is there. */
export const IF_ABSENT: Condition = {
  ConditionExpression: 'attribute_not_exists(#pk)',
  ExpressionAttributeNames: namesOf(['pk']),
};

/** Where an item of the key is there. */
export const IF_PRESENT: Condition = {
  ConditionExpression: 'attribute_exists(#pk)',
  ExpressionAttributeNames: namesOf(['pk']),
};

/** Where the item is of this version. */
export function ifVersion(version: number): Condition {
  return {
    ConditionExpression: '#version = :readVersion',
    ExpressionAttributeNames: namesOf(['version']),
    ExpressionAttributeValues: { ':readVersion': version },
  };
}

/** Sets attributes that are not there yet; those that are there stay. At least one is needed. */
export function setMissing(values: Readonly<Record<string, unknown>>): Update {
  const names = Object.keys(values);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = if_not_exists(#${name}, :${name})`).join(', ')}`,
    ExpressionAttributeNames: namesOf(names),
    ExpressionAttributeValues: placeholders(values),
  };
}

/** Sets attributes, whether they are there or not. At least one is needed. */
export function setAll(values: Readonly<Record<string, unknown>>): Update {
  const names = Object.keys(values);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeNames: namesOf(names),
    ExpressionAttributeValues: placeholders(values),
  };
}

/** Sets some attributes and removes others. Where there are none, it changes nothing. */
export function setAndRemove(
  values: Readonly<Record<string, unknown>>,
  removed: readonly string[],
): Expressions {
  const set = Object.keys(values);
  const clauses = [
    ...(set.length > 0 ? [`SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`] : []),
    ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`] : []),
  ];
  if (clauses.length === 0) return {};
  return {
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: namesOf([...set, ...removed]),
    ...(set.length > 0 && { ExpressionAttributeValues: placeholders(values) }),
  };
}

/**
 * Adds to numbers and sets, and deletes from sets. What is missing is 0, or empty. At least one change is
 * needed.
 */
export function addAndDelete(
  added: Readonly<Record<string, unknown>>,
  deleted: Readonly<Record<string, unknown>>,
): Update {
  const clauses = Object.entries({ ADD: added, DELETE: deleted })
    .map(([verb, values]) => [verb, Object.keys(values).map((name) => `#${name} :${name}`)] as const)
    .filter(([, changes]) => changes.length > 0);
  const values = { ...added, ...deleted };
  return {
    UpdateExpression: clauses.map(([verb, changes]) => `${verb} ${changes.join(', ')}`).join(' '),
    ExpressionAttributeNames: namesOf(Object.keys(values)),
    ExpressionAttributeValues: placeholders(values),
  };
}

/** Sets an attribute, where it is missing or lower. */
export function raise(name: string, value: string | number): Update & Condition {
  return {
    UpdateExpression: `SET #${name} = :${name}`,
    ConditionExpression: `attribute_not_exists(#${name}) OR #${name} < :${name}`,
    ExpressionAttributeNames: namesOf([name]),
    ExpressionAttributeValues: placeholders({ [name]: value }),
  };
}

/** All items of a partition. */
export function inPartition(pk: string): Expressions {
  return {
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: namesOf(['pk']),
    ExpressionAttributeValues: { ':pk': pk },
  };
}

/** The items of a partition whose sort keys begin with a text. */
export function withPrefix({ pk, prefix }: { pk: string; prefix: string }): Expressions {
  return sortKeys('begins_with(#sk, :prefix)', { ':pk': pk, ':prefix': prefix });
}

/** The items of a partition from one sort key to another, both included. */
export function between({ pk, from, to }: { pk: string; from: string; to: string }): Expressions {
  return sortKeys('#sk BETWEEN :from AND :to', { ':pk': pk, ':from': from, ':to': to });
}

/** The items of a partition from a sort key on. */
export function startingAt({ pk, from }: { pk: string; from: string }): Expressions {
  return sortKeys('#sk >= :from', { ':pk': pk, ':from': from });
}

function sortKeys(condition: string, values: Record<string, unknown>): Expressions {
  return {
    KeyConditionExpression: `#pk = :pk AND ${condition}`,
    ExpressionAttributeNames: namesOf(['pk', 'sk']),
    ExpressionAttributeValues: values,
  };
}

/** No attributes but these. */
export function only(attributes: readonly string[]): Expressions {
  return {
    ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: namesOf(attributes),
  };
}

/** No attributes but those of the key. */
export const KEYS_ONLY: Expressions = only(['pk', 'sk']);

/**
 * Two parts of one request. Where both have a condition, both have to hold; what else both have is the
 * other's.
 */
export function together<One extends Expressions, Other extends Expressions>(
  one: One,
  other: Other,
): One & Other {
  const values = { ...one.ExpressionAttributeValues, ...other.ExpressionAttributeValues };
  return {
    ...one,
    ...other,
    ...(one.ConditionExpression !== undefined &&
      other.ConditionExpression !== undefined && {
        ConditionExpression: `(${one.ConditionExpression}) AND (${other.ConditionExpression})`,
      }),
    ExpressionAttributeNames: { ...one.ExpressionAttributeNames, ...other.ExpressionAttributeNames },
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

/** Attributes by what expressions call them, which may be reserved words without the `#`. */
export function namesOf(attributes: readonly string[]): Record<string, string> {
  return Object.fromEntries(attributes.map((name) => [`#${name}`, name]));
}

function placeholders(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));
}
