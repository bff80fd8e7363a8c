import { expect, test } from 'vitest';
import type { Difference } from '../../../../packages/cli/src/verify/difference.ts';
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
  expect(said).not.toMatch(AT_WORK);
  if (reportTo === jsonReport) expect(JSON.parse(said)).toEqual(HOSTILE);
});

function figures(messageCount: number) {
  return { messageCount, digest: undefined };
}
