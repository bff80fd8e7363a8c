import { expect, test } from 'vitest';
import { isOwnName } from '../../../../local/aws/gateway/own-name.ts';

const LOOPBACK = { host: '127.0.0.1', address: '127.0.0.1' };

test.each([
  '127.0.0.1:8787',
  'localhost:8787',
  'LOCALHOST',
  'service.localhost:8787',
  '[::1]:8787',
  '192.168.1.7:8787',
])('%s means this machine', (name) => {
  expect(isOwnName([name], LOOPBACK)).toBe(true);
});

test.each([
  'evil.example:8787',
  'localhost.evil.example',
  'notlocalhost',
  '127.0.0.1.evil.example',
  '127.0.0.1@evil.example',
  'not a name',
  '',
])('“%s” is of somebody else', (name) => {
  expect(isOwnName([name], LOOPBACK)).toBe(false);
  expect(isOwnName(['localhost', name], LOOPBACK)).toBe(false);
});

test('the name that it was told to listen on is its own', () => {
  expect(isOwnName(['MyBox:8787'], { host: 'MyBox', address: '127.0.1.1' })).toBe(true);
});

test('whoever names nothing is no browser', () => {
  expect(isOwnName([], LOOPBACK)).toBe(true);
});

test.each([
  ['::', '0.0.0.0'],
  ['192.168.1.7', '192.168.1.7'],
])('open to a network, as on %s, it answers to every name', (address, host) => {
  expect(isOwnName(['box.example'], { host, address })).toBe(true);
});
