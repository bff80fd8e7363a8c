import { expect, it } from 'vitest';
import { permissionProblems } from '../../support/permissions/permission-problems.ts';
import type { Policies, Statement } from '../../support/permissions/policy.ts';

function statement(actions: readonly string[], resource: string, ...patterns: string[]): Statement {
  return {
    actions,
    resources: [resource],
    partitions: patterns.length === 0 ? [] : [{ operator: 'StringLike', patterns }],
  };
}

/** What Lambda itself needs, as the functions have it. */
const LAMBDA = {
  'count-messages': {
    statements: [
      statement(['logs:PutLogEvents', 'logs:CreateLogStream'], 'Log.Arn'),
      statement(['dynamodb:DescribeStream'], 'Messages.StreamArn'),
      statement(['s3:PutObject'], 'Bucket.Arn/*'),
    ],
    environment: {},
  },
  'redrive-records': { statements: [statement(['sqs:SendMessage'], 'Queue.Arn')], environment: {} },
  'export-to-s3': { statements: [statement(['sqs:ReceiveMessage'], 'Days.Arn')], environment: {} },
} satisfies Policies;

const policies: Policies = {
  ...LAMBDA,
  'usage-api': {
    statements: [statement(['dynamodb:GetItem', 'dynamodb:Query'], 'Usage.Arn', 'PEER#*', 'API_KEY')],
    environment: {},
  },
};

const used = (action: string, partitions: string) => ({
  folder: 'usage-api',
  used: { action: `dynamodb:${action}`, resource: 'Usage.Arn', partitions },
});
const ALL = [
  used('GetItem', 'PEER#*'),
  used('GetItem', 'API_KEY'),
  used('Query', 'PEER#*'),
  used('Query', 'API_KEY'),
];

it('nothing is wrong where everything is used that Lambda does not need itself', () => {
  expect(permissionProblems(policies, ALL, { isWholeRun: true })).toEqual([]);
});

it('what no test used is too much, by action, resource and pattern', () => {
  expect(permissionProblems(policies, ALL.slice(0, -1), { isWholeRun: true })).toEqual([
    'no test needs that usage-api may do dynamodb:Query on Usage.Arn in API_KEY',
  ]);
});

it('what another function used does not count', () => {
  const notes = [...ALL.slice(0, -1), { ...used('Query', 'API_KEY'), folder: 'record-messages' }];
  expect(permissionProblems(policies, notes, { isWholeRun: true })).toHaveLength(1);
});

it('a run of some tests tells nothing of what is not used', () => {
  expect(permissionProblems(policies, [], { isWholeRun: false })).toEqual([]);
});

it('a call that was refused is told after every run', () => {
  for (const isWholeRun of [true, false]) {
    expect(permissionProblems(policies, [...ALL, { refused: 'it may not' }], { isWholeRun })).toEqual([
      'it may not',
    ]);
  }
});

it('what is explained for Lambda is granted', () => {
  const { 'redrive-records': _queue, ...others } = policies;
  expect(permissionProblems(others, ALL, { isWholeRun: true })).toEqual([
    'no function may do sqs:SendMessage, which is explained',
  ]);
});

it('what Lambda needs of one function is too much for another', () => {
  const open: Policies = {
    ...policies,
    'usage-api': {
      statements: [...(policies['usage-api']?.statements ?? []), statement(['s3:PutObject'], 'Bucket.Arn/*')],
      environment: {},
    },
  };
  expect(permissionProblems(open, ALL, { isWholeRun: true })).toEqual([
    'no test needs that usage-api may do s3:PutObject on Bucket.Arn/*',
  ]);
});
