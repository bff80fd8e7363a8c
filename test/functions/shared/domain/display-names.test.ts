import { expect, test } from 'vitest';
import { displayNames, namedBy, plainName } from '../../../../functions/shared/domain/display-names.ts';

test('what channels are called leaves the text beside it in its order', () => {
  const [first = { name: '' }] = displayNames([
    { channelId: 'קו_1', channelName: 'דואר' },
    { channelId: 'קו_2', channelName: 'דואר' },
  ]).values();
  expect(plainName(first)).toBe('\u2068דואר\u2069 (\u2068קו_1\u2069)');
  expect(plainName({ name: 'gro\u202eup' })).toBe('gro\ufffdup');
});

test('channels are called by name, and by id too where a name is not enough', () => {
  const names = displayNames([
    { channelId: 'integration_1', channelName: 'Slack' },
    { channelId: 'integration_2', channelName: 'Email' },
    { channelId: 'integration_3', channelName: 'Slack' },
  ]);
  expect([...names].map(([channelId, name]) => [channelId, plainName(name)])).toEqual([
    ['integration_1', 'Slack (integration_1)'],
    ['integration_2', 'Email'],
    ['integration_3', 'Slack (integration_3)'],
  ]);
});

test('names that differ only in how their letters are encoded are the same', () => {
  const names = displayNames([
    { channelId: 'a', channelName: 'Caf\u00e9' },
    { channelId: 'b', channelName: 'Cafe\u0301' },
  ]);
  expect([...names.values()].map(({ channelId }) => channelId)).toEqual(['a', 'b']);
});

test('a name and an id are each written in the way that is asked for', () => {
  const upper = (name: string) => name.toUpperCase();
  expect(namedBy({ name: 'Slack', channelId: 'c_1' }, upper)).toBe('SLACK (C_1)');
  expect(namedBy({ name: 'Slack' }, upper)).toBe('SLACK');
});
