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

/**
 * Where the item was not changed since it was read, as an attribute tells that goes up with every change.
 *
 * @param read what the attribute was; 0 where there was no item
 */
export function ifStill(attribute: string, read: number): Condition {
  if (read === 0) return IF_ABSENT;
  return {
    ConditionExpression: `#${attribute} = :read`,
    ExpressionAttributeNames: namesOf([attribute]),
    ExpressionAttributeValues: { ':read': read },
  };
}

/**
 * Where an item is there whose attribute is what it was when it was read.
 *
 * @param read nothing where the item had no such attribute
 */
export function ifAttributeIs(attribute: string, read: string | number | undefined): Condition {
  const names = namesOf(['pk', attribute]);
  if (read === undefined) {
    const ConditionExpression = `attribute_exists(#pk) AND attribute_not_exists(#${attribute})`;
    return { ConditionExpression, ExpressionAttributeNames: names };
  }
  return {
    ConditionExpression: `#${attribute} = :${attribute}Read`,
    ExpressionAttributeNames: namesOf([attribute]),
    ExpressionAttributeValues: { [`:${attribute}Read`]: read },
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
  return setOrRemove(values, []);
}

/**
 * Gives an item all of its attributes, and takes those of its optional ones away that it has not. What else is
 * stored with it stays: another version of the service may know what it is.
 *
 * @param item with its key
 * @param optional attributes that such an item may have
 */
export function storing(
  { pk, sk, ...attributes }: Readonly<Record<string, unknown>>,
  optional: readonly string[] = [],
): { Key: Record<string, unknown> } & Update {
  const missing = optional.filter((name) => attributes[name] === undefined);
  return { Key: { pk, sk }, ...setOrRemove(attributes, missing) };
}

/** Sets some attributes and removes others. Where there are none, it changes nothing. */
export function setAndRemove(
  values: Readonly<Record<string, unknown>>,
  removed: readonly string[],
): Expressions {
  const anything = Object.keys(values).length + removed.length > 0;
  return anything ? setOrRemove(values, removed) : {};
}

/** Sets some attributes and removes others. At least one change is needed. */
function setOrRemove(values: Readonly<Record<string, unknown>>, removed: readonly string[]): Update {
  const set = Object.keys(values);
  const clauses = [
    ...(set.length > 0 ? [`SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`] : []),
    ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`] : []),
  ];
  return {
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: namesOf([...set, ...removed]),
    ...(set.length > 0 && { ExpressionAttributeValues: placeholders(values) }),
  };
}

/** Sets an attribute, where it is missing or lower, and others with it. */
export function raise(
  name: string,
  value: string | number,
  others: Readonly<Record<string, unknown>> = {},
): Update & Condition {
  return { ...setAll({ [name]: value, ...others }), ConditionExpression: isLower(name) };
}

/** Sets attributes, where each of them is missing or lower. At least one is needed. */
export function raiseAll(values: Readonly<Record<string, number>>): Update & Condition {
  const conditions = Object.keys(values).map((name) => `(${isLower(name)})`);
  return { ...setAll(values), ConditionExpression: conditions.join(' AND ') };
}

function isLower(name: string): string {
  return `attribute_not_exists(#${name}) OR #${name} < :${name}`;
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
