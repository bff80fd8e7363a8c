import type { Note } from './judgement.ts';
import { allPermissions, type Permission, type Policies } from './policy.ts';

/** A permission that Lambda itself needs of the role of a function: no call of ours makes use of it. */
interface LambdaPermissions {
  /** The functions; all of them where it is left out. */
  folders?: readonly string[];
  actions: readonly string[];
  why: string;
}

const USED_BY_LAMBDA: readonly LambdaPermissions[] = [
  {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    why: 'Lambda writes what a function logs.',
  },
  {
    folders: ['count-messages'],
    actions: [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    why: 'The event source mapping reads the stream.',
  },
  {
    folders: ['count-messages'],
    actions: ['s3:ListBucket', 's3:PutObject'],
    why: 'The event source mapping puts what it gives up into its failure destination.',
  },
  {
    folders: ['raise-alerts', 'export-to-s3', 'export-to-mixpanel', 'export-to-google-analytics'],
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    why: 'The event source mapping takes announcements from the queue.',
  },
  {
    folders: [
      ...['send-heartbeats', 'redrive-records', 'take-daily-snapshot', 'announce-days', 'send-notifications'],
      ...['send-reports', 'audit-figures'],
    ],
    actions: ['sqs:SendMessage'],
    why: 'Lambda sends a failed asynchronous invocation to its failure destination.',
  },
];

/**
 * What is wrong with what functions may do, after a run of tests, a sentence each: calls that were refused, and
 * permissions that no test used.
 *
 * @param isWholeRun whether all tests ran: otherwise nothing is said of what was not used
 */
export function permissionProblems(
  policies: Policies,
  notes: readonly Note[],
  { isWholeRun }: { isWholeRun: boolean },
): string[] {
  const refused = notes.flatMap((note) => ('refused' in note ? note.refused : []));
  if (!isWholeRun) return refused;
  const used = new Set(notes.flatMap((note) => ('used' in note ? nameOf(note.folder, note.used) : [])));
  const granted = Object.entries(policies).flatMap(([folder, policy]) =>
    allPermissions(policy).map((permission) => ({ folder, permission })),
  );
  const unused = granted
    .filter(({ folder, permission }) => !used.has(nameOf(folder, permission)))
    .filter(
      ({ folder, permission }) => !USED_BY_LAMBDA.some((each) => explains(each, folder, permission.action)),
    )
    .map(({ folder, permission }) => `no test needs that ${nameOf(folder, permission)}`);
  const stale = USED_BY_LAMBDA.filter(
    (each) => !granted.some(({ folder, permission }) => explains(each, folder, permission.action)),
  ).map(({ actions }) => `no function may do ${actions.join(', ')}, which is explained`);
  return [...refused, ...unused, ...stale];
}

function explains({ folders, actions }: LambdaPermissions, folder: string, action: string): boolean {
  return actions.includes(action) && (folders?.includes(folder) ?? true);
}

function nameOf(folder: string, { action, resource, partitions }: Permission): string {
  return `${folder} may do ${action} on ${resource}${partitions === undefined ? '' : ` in ${partitions}`}`;
}
