import { expect, test } from 'vitest';
import type { Difference, Note } from '../../../../packages/cli/src/verify/difference.ts';
import { csvReport } from '../../../../packages/cli/src/verify/verify-csv.ts';
import { jsonReport, textReport } from '../../../../packages/cli/src/verify/verify-report.ts';

// What the service answers is not to be trusted with the terminal of whoever asks it.
const HOSTILE: Difference = {
  kind: 'only_there',
  fingerprint: '0123456789abcdef',
  channelId: '\u001b[2J\u202eevil\u0085\u2028',
  day: '2026-11-20',
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const AT_WORK = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test.each([
  ['JSON', jsonReport],
  ['CSV', csvReport],
  ['text', textReport],
])('%s holds no character that works on a terminal', (_, reportTo) => {
  let said = '';
  const report = reportTo((text) => {
    said += text;
  });
  report.found(HOSTILE);
  report.figures?.({
    days: [{ channelId: HOSTILE.channelId, day: '2026-11-20', here: figures(1), there: figures(2) }],
    months: [],
  });
  expect(said).toContain('evil');
  expect(said.replaceAll('\r\n', '\n')).not.toMatch(AT_WORK);
  if (reportTo === jsonReport) expect(JSON.parse(said)).toEqual(HOSTILE);
});

function figures(messageCount: number) {
  return { messageCount, digest: undefined };
}

test('CSV has a row for each finding, also where another cell could be run as a formula', () => {
  let said = '';
  const report = csvReport((text) => {
    said += text;
  });
  const here = { channelId: 'web', day: '2026-11-20', role: 'user' } as const;
  const message = { line: 3, conversationId: 'k, 1', messageId: '=1+1', ...here };
  const findings: (Difference | Note)[] = [
    { kind: 'only_here', message, reason: 'too_old', explanation: 'it is too old' },
    { kind: 'only_there', fingerprint: '0123456789abcdef', channelId: 'web', day: '2026-11-20' },
    { kind: 'differs', message, fields: ['day'], there: { ...here, day: '2026-11-21' } },
    { kind: 'doubled', message, there: { ...here, channelId: 'api' } },
    { kind: 'other_copy', message, first: { ...here, role: 'tool' } },
    {
      kind: 'figures',
      code: 'conversations',
      channelId: 'web',
      month: '2026-10',
      here: { count: 3 },
      there: { count: 4 },
    },
    { kind: 'waiting', message },
    { kind: 'bad_line', line: 9, problem: 'it is no JSON' },
    { kind: 'not_proven', month: '2025-01', messages: 7 },
  ];
  for (const finding of findings) report.found(finding);
  expect(said.split('\r\n')).toEqual([
    '\ufeffkind,line,conversationId,messageId,fingerprint,channelId,day,role,thereChannelId,thereDay,thereRole,here,there,reason',
    `only_here,3,"k, 1",'=1+1,,web,2026-11-20,user,,,,,,it is too old`,
    'only_there,,,,0123456789abcdef,,,,web,2026-11-20,,,,',
    `differs,3,"k, 1",'=1+1,,web,2026-11-20,user,web,2026-11-21,user,,,`,
    `doubled,3,"k, 1",'=1+1,,web,2026-11-20,user,api,2026-11-20,user,,,`,
    `other_copy,3,"k, 1",'=1+1,,web,2026-11-20,user,web,2026-11-20,tool,,,`,
    'figures,,,,,web,2026-10,,,,,3,4,"the same messages are counted, and not as many conversations"',
    `waiting,3,"k, 1",'=1+1,,web,2026-11-20,user,,,,,,`,
    'bad_line,9,,,,,,,,,,,,it is no JSON',
    'not_proven,,,,,,2025-01,,,,,7,,"the evidence of these days is gone, so that no message can be named"',
    '',
  ]);
});
