import * as z from 'zod';

// What IAM decides about a call of a function, as far as the policies of this service make use of IAM: a role with
// statements that allow, and conditions on the partitions of a table. What is not known here makes it throw.

/** A call of AWS, as IAM looks at it. */
export interface Call {
  /** Such as `dynamodb:GetItem`. */
  action: string;
  /** As the template names it: `StorageUsage9ADDA69B.Arn`, with what follows an ARN behind it. */
  resource: string;
  /** The partitions that the call reaches; a call of another service than DynamoDB reaches none. */
  leadingKeys: readonly string[];
}

/** Something that a function may do: an action on a resource, in the partitions of one pattern where it has some. */
export interface Permission {
  action: string;
  resource: string;
  partitions?: string;
}

/** What a function may do, and the names by which its environment knows what it does it with. */
export interface FunctionPolicy {
  statements: readonly Statement[];
  /** The logical ids of tables and buckets, by the variable that holds their names. */
  environment: Readonly<Record<string, string>>;
}

/** The policies of functions, by their folders. */
export type Policies = Readonly<Record<string, FunctionPolicy>>;

/** A part of a policy: whatever is in all of its lists at the same time is allowed. */
export interface Statement {
  actions: readonly string[];
  resources: readonly string[];
  /** Every partition of a call has to match one of the patterns of each of these. */
  partitions: readonly PartitionCondition[];
}

interface PartitionCondition {
  operator: 'StringEquals' | 'StringLike';
  patterns: readonly string[];
}

const oneOrMore = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema.transform((one) => [one]), z.array(schema)]);

const leadingKeys = z.strictObject({ 'dynamodb:LeadingKeys': oneOrMore(z.string()) });

const condition = z.strictObject({
  'ForAllValues:StringEquals': leadingKeys.optional(),
  'ForAllValues:StringLike': leadingKeys.optional(),
});

const resource: z.ZodType<string> = z.lazy(() =>
  z.union([
    z.string(),
    // A part of an ARN, such as the region.
    z.strictObject({ Ref: z.string().startsWith('AWS::') }).transform(({ Ref: name }) => name),
    z
      .strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
      .transform(({ 'Fn::GetAtt': [id, attribute] }) => `${id}.${attribute}`),
    // What a topic is referred to by is its ARN.
    z.strictObject({ Ref: z.string() }).transform(({ Ref: id }) => `${id}.Arn`),
    z
      .strictObject({ 'Fn::Join': z.tuple([z.literal(''), z.array(resource)]) })
      .transform(({ 'Fn::Join': [, parts] }) => parts.join('')),
  ]),
);

const statement = z
  .strictObject({
    Effect: z.literal('Allow'),
    Action: oneOrMore(z.string().regex(/^[a-z0-9]+:[A-Za-z]+$/, 'must name one action')),
    Resource: oneOrMore(resource),
    Condition: condition.default({}),
  })
  .transform(
    ({ Action, Resource, Condition }): Statement => ({
      actions: Action,
      resources: Resource,
      partitions: [
        ...partitionsOf('StringEquals', Condition['ForAllValues:StringEquals']),
        ...partitionsOf('StringLike', Condition['ForAllValues:StringLike']),
      ],
    }),
  );

function partitionsOf(
  operator: PartitionCondition['operator'],
  keys: z.output<typeof leadingKeys> | undefined,
): PartitionCondition[] {
  return keys === undefined ? [] : [{ operator, patterns: keys['dynamodb:LeadingKeys'] }];
}

const reference = z.object({ Ref: z.string() });

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

const functionProperties = z.object({
  Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});

const policyProperties = z.object({
  Roles: z.array(reference),
  PolicyDocument: z.object({ Statement: z.array(z.unknown()) }),
});

/**
 * What a function of a template may do.
 *
 * @param functionId its logical id
 * @throws ZodError where the template says it in a way that is not known here
 */
export function policyOf(template: unknown, functionId: string): FunctionPolicy {
  const { Resources } = templateSchema.parse(template);
  const { Role, Environment } = functionProperties.parse(Resources[functionId]?.Properties);
  const [roleId] = Role['Fn::GetAtt'];
  const policies = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .map(({ Properties }) => policyProperties.parse(Properties))
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === roleId));
  return {
    statements: policies.flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.map((each) => statement.parse(each)),
    ),
    environment: Object.fromEntries(
      Object.entries(Environment.Variables).flatMap(([name, value]) => {
        const named = reference.safeParse(value);
        return named.success ? [[name, named.data.Ref]] : [];
      }),
    ),
  };
}

/** The permissions that a call makes use of; there is none where it is refused. */
export function permissionsUsed({ statements }: FunctionPolicy, call: Call): Permission[] {
  return statements
    .filter((each) => allows(each, call))
    .flatMap((each) =>
      permissionsIn(each).filter(
        ({ action, resource: pattern, partitions }) =>
          action === call.action &&
          matches('StringLike', pattern, call.resource) &&
          (partitions === undefined ||
            call.leadingKeys.length === 0 ||
            call.leadingKeys.some((key) => matches('StringLike', partitions, key))),
      ),
    );
}

/** Everything that a policy allows, each thing by itself. */
export function allPermissions({ statements }: FunctionPolicy): Permission[] {
  return statements.flatMap(permissionsIn);
}

function permissionsIn({ actions, resources, partitions }: Statement): Permission[] {
  const patterns = partitions.flatMap((each) => each.patterns);
  return actions.flatMap((action) =>
    resources.flatMap((on) =>
      partitions.length === 0
        ? [{ action, resource: on }]
        : patterns.map((pattern) => ({ action, resource: on, partitions: pattern })),
    ),
  );
}

function allows(
  { actions, resources, partitions }: Statement,
  { action, resource: on, leadingKeys: keys }: Call,
): boolean {
  return (
    actions.includes(action) &&
    resources.some((pattern) => matches('StringLike', pattern, on)) &&
    // As IAM's ForAllValues: it holds where there is no value at all.
    partitions.every(({ operator, patterns }) =>
      keys.every((key) => patterns.some((pattern) => matches(operator, pattern, key))),
    )
  );
}

/** Whether a text matches a pattern of IAM, in which `*` stands for any text and `?` for any character. */
function matches(operator: PartitionCondition['operator'], pattern: string, text: string): boolean {
  if (operator === 'StringEquals') return pattern === text;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
