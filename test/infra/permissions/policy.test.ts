import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { allPermissions, type Call, permissionsUsed, policyOf } from '../../support/permissions/policy.ts';

const TABLE = { 'Fn::GetAtt': ['Table', 'Arn'] };

/** A template with one function, whose role has these statements, and another one's role, which may do anything. */
function templateWith(statements: readonly object[]) {
  const policy = (role: string, Statement: readonly object[]) => ({
    Type: 'AWS::IAM::Policy',
    Properties: { Roles: [{ Ref: role }], PolicyDocument: { Statement } },
  });
  return {
    Resources: {
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Environment: { Variables: { USAGE_TABLE: { Ref: 'Table' }, RETENTION_DAYS: '400' } },
        },
      },
      Policy: policy('Role', statements),
      PolicyOfAnother: policy('RoleOfAnother', [allow({ Action: 'dynamodb:Scan', Resource: TABLE })]),
    },
  };
}

function allow(statement: object) {
  return { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: TABLE, ...statement };
}

function partitions(operator: string, patterns: string | string[]) {
  return { Condition: { [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': patterns } } };
}

const GET: Call = { action: 'dynamodb:GetItem', resource: 'Table.Arn', leadingKeys: ['PEER#p'] };

/** Whether a role with these statements may make a call. */
function isAllowed(statements: readonly object[], call: Partial<Call>): boolean {
  return permissionsUsed(policyOf(templateWith(statements), 'Function'), { ...GET, ...call }).length > 0;
}

describe('a call is allowed', () => {
  it.each<[string, object, Partial<Call>, boolean]>([
    ['where its action and its resource are', {}, {}, true],
    ['not where its action is not', {}, { action: 'dynamodb:PutItem' }, false],
    ['not on another resource', {}, { resource: 'Another.Arn' }, false],
    ['not on an index by way of its table', {}, { resource: 'Table.Arn/index/i' }, false],
    [
      'on an index that is named',
      { Resource: { 'Fn::Join': ['', [TABLE, '/index/i']] } },
      { resource: 'Table.Arn/index/i' },
      true,
    ],
    [
      'where one of several actions and of several resources fits',
      {
        Action: ['dynamodb:Query', 'dynamodb:GetItem'],
        Resource: [{ 'Fn::GetAtt': ['Other', 'Arn'] }, TABLE],
      },
      {},
      true,
    ],
    ['in a partition that is named', partitions('StringEquals', 'PEER#p'), {}, true],
    ['not in another one', partitions('StringEquals', 'PEER#p'), { leadingKeys: ['PEER#q'] }, false],
    ['in a partition that begins so', partitions('StringLike', 'PEER#*'), {}, true],
    ['not where one only contains it', partitions('StringLike', 'EER#*'), {}, false],
    ['not by a star that is to be equal', partitions('StringEquals', 'PEER#*'), {}, false],
    ['where a question mark stands for a character', partitions('StringLike', 'PEER#?'), {}, true],
    ['and a point for itself', partitions('StringLike', 'PEER.p'), {}, false],
    [
      'where all of its partitions are',
      partitions('StringLike', ['PEER#*', 'DIRECTORY#*']),
      { leadingKeys: ['PEER#p', 'DIRECTORY#1'] },
      true,
    ],
    [
      'not where only some are',
      partitions('StringLike', 'PEER#*'),
      { leadingKeys: ['PEER#p', 'API_KEY'] },
      false,
    ],
    [
      'without any partition, as ForAllValues says',
      partitions('StringLike', 'PEER#*'),
      { leadingKeys: [] },
      true,
    ],
  ])('%s', (_where, statement, call, expected) => {
    expect(isAllowed([allow(statement)], call)).toBe(expected);
  });

  it('of an object whose name begins so', () => {
    const statement = allow({
      Action: 's3:GetObject',
      Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/aws/lambda/*']] },
    });
    const read = { action: 's3:GetObject', leadingKeys: [] };
    expect(isAllowed([statement], { ...read, resource: 'Bucket.Arn/aws/lambda/a/b' })).toBe(true);
    expect(isAllowed([statement], { ...read, resource: 'Bucket.Arn/another/b' })).toBe(false);
  });

  it('not by two statements each of which allows a part of it', () => {
    const statements = [
      allow(partitions('StringLike', 'PEER#*')),
      allow(partitions('StringEquals', 'API_KEY')),
    ];
    expect(isAllowed(statements, { leadingKeys: ['PEER#p', 'API_KEY'] })).toBe(false);
  });

  it('not by the role of another function', () => {
    expect(isAllowed([], { action: 'dynamodb:Scan' })).toBe(false);
  });
});

it('a call uses the permissions that it needs, and leaves the others of its statement', () => {
  const statement = allow({
    Action: ['dynamodb:GetItem', 'dynamodb:Query'],
    ...partitions('StringLike', ['PEER#*', 'API_KEY']),
  });
  const policy = policyOf(templateWith([statement]), 'Function');
  const on = (action: string, pattern: string) => ({ action, resource: 'Table.Arn', partitions: pattern });
  expect(permissionsUsed(policy, GET)).toEqual([on('dynamodb:GetItem', 'PEER#*')]);
  expect(allPermissions(policy)).toEqual([
    on('dynamodb:GetItem', 'PEER#*'),
    on('dynamodb:GetItem', 'API_KEY'),
    on('dynamodb:Query', 'PEER#*'),
    on('dynamodb:Query', 'API_KEY'),
  ]);
});

it('a function knows its tables by the variables that refer to them', () => {
  expect(policyOf(templateWith([]), 'Function').environment).toEqual({ USAGE_TABLE: 'Table' });
});

it.each<[string, object]>([
  ['a statement that denies', { Effect: 'Deny' }],
  ['a wildcard for actions', { Action: 'dynamodb:*' }],
  ['a part of a statement', { NotAction: 'dynamodb:Scan' }],
  ['a function of CloudFormation', { Resource: { 'Fn::Sub': 'arn:x' } }],
  ['an operator', partitions('StringNotLike', 'API_KEY')],
  ['an operator without a set', { Condition: { StringLike: { 'dynamodb:LeadingKeys': 'PEER#*' } } }],
  [
    'a condition on something else',
    { Condition: { 'ForAllValues:StringLike': { 'dynamodb:Attributes': 'x' } } },
  ],
  ['whether there is a partition', { Condition: { Null: { 'dynamodb:LeadingKeys': 'true' } } }],
])('%s is not known here, and nothing is said of it', (_what, statement) => {
  expect(() => policyOf(templateWith([allow(statement)]), 'Function')).toThrow(z.ZodError);
});
