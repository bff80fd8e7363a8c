import { readFileSync } from 'node:fs';

// What npm runs to build. It is JavaScript that old versions of Node.js understand too, so that they can say in a line that
// they are too old. Then main.ts builds.

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldest = engines.node.replace('>=', '');
const [oldestMajor, oldestMinor] = oldest.split('.').map(Number);

/** @param {string} version such as `24.21.0` */
function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

const { node } = process.versions;
const [, npmNode = node] = /\bnode\/v(\S+)/.exec(process.env.npm_config_user_agent ?? '') ?? [];
if (isTooOld(node)) {
  process.stderr.write(`Node.js ${node} is too old: ${oldest} or newer is needed here.\n`);
  process.exitCode = 1;
} else {
  if (process.env.npm_lifecycle_event === 'prepare' && isTooOld(npmNode)) {
    process.stdout.write(
      `npm runs on Node.js ${npmNode}, which is older than ${oldest}: the npm scripts of this repository run on the ` +
        `${node} that was installed with them.\n`,
    );
  }
  await import('./main.ts');
}
