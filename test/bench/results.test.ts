import { expect } from 'vitest';
import { measuredOn, withSections } from '../../bench/results.ts';
import { test } from '../support/fixture.ts';

const TITLES = ['Counting', 'Recording'];

test('a section that is measured takes the place of the one that was, and the others stay', () => {
  const first = withSections('', TITLES, [
    { title: 'Recording', measuredOn: 'monday', text: 'slow' },
    { title: 'Counting', measuredOn: 'monday', text: '### Mix\n\nright' },
  ]);
  const second = withSections(first, TITLES, [{ title: 'Recording', measuredOn: 'tuesday', text: 'fast' }]);
  expect(second.slice(second.indexOf('## '))).toBe(
    '## Counting\n\n_monday_\n\n### Mix\n\nright\n\n## Recording\n\n_tuesday_\n\nfast\n',
  );
});

test('a section that is no more is left out', () => {
  const before = withSections('', ['Starting'], [{ title: 'Starting', measuredOn: 'monday', text: 'long' }]);
  expect(withSections(before, TITLES, [])).not.toContain('long');
});

test('it is told when, on what and at which commit something was measured', () => {
  const packageJson = '{"optionalDependencies":{"@dynoxide/linux-x64":"1.2.3"}}';
  expect(measuredOn(new Date('2026-11-22T10:00:00Z'), 'abc1234', packageJson)).toMatch(
    /^2026-11-22, \d+ × .+, Node\.js \d+\.\d+\.\d+, dynoxide 1\.2\.3, commit abc1234$/,
  );
});
