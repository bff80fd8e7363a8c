#!/usr/bin/env node
import { readFileSync } from 'node:fs';

// It is JavaScript that old versions of Node.js understand too, so that they can say in a line that they are too old.

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldest = engines.node.replace('>=', '');
const [oldestMajor, oldestMinor] = oldest.split('.').map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  process.stderr.write(`error: Node.js ${process.versions.node} is too old: ${oldest} or newer is needed\n`);
  process.exitCode = 2;
} else {
  await import('../dist/channel-usage.js');
}
