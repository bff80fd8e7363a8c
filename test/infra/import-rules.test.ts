import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions } from 'dependency-cruiser';
import { expect } from 'vitest';
import configuration from '../../.dependency-cruiser.ts';
import { test as fixture } from '../support/fixture.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** A tree of files with the layout of the repository; each imports what is listed. */
const FILES: Record<string, string> = {
  'functions/shared/domain/day.ts': '',
  'functions/shared/domain/reads-a-file.ts': `import 'node:fs';`,
  'functions/shared/domain/asks-the-store.ts': `import type { Table } from '../store/dynamodb.ts';`,
  'functions/shared/domain/asks-the-runtime.ts': `import '../runtime/concurrency.ts';`,
  'functions/shared/runtime/concurrency.ts': `import '../domain/day.ts';`,
  'functions/shared/runtime/metric-names.ts': '',
  'functions/shared/runtime/asks-the-store.ts': `import '../store/dynamodb.ts';`,
  'functions/shared/runtime/asks-the-edge.ts': `import '../http/routes.ts';`,
  'functions/shared/store/dynamodb.ts': `import '@aws-sdk/client-dynamodb'; import '../runtime/concurrency.ts';`,
  'functions/shared/store/asks-the-edge.ts': `import '../http/routes.ts';`,
  'functions/shared/store/uses-all-of-zod.ts': `import * as z from 'zod';`,
  'functions/shared/counting/count-messages.ts': `import '../store/dynamodb.ts'; import '../runtime/concurrency.ts'; import type { DynamoDBRecord } from 'aws-lambda';`,
  'functions/shared/counting/asks-a-function.ts': `import '../../count-messages/event-source.ts';`,
  'functions/shared/counting/asks-the-edge.ts': `import '../http/routes.ts';`,
  'functions/shared/store/asks-the-counting.ts': `import '../counting/count-messages.ts';`,
  'functions/count-messages/event-source.ts': `import '../shared/counting/count-messages.ts';`,
  'functions/shared/http/routes.ts': `import '../store/dynamodb.ts'; import '../runtime/concurrency.ts';`,
  'functions/shared/http/asks-a-function.ts': `export * from '../../usage-api/handler.ts';`,
  'functions/usage-api/handler.ts': `import '../shared/store/dynamodb.ts'; import './own.ts'; import 'node:fs';`,
  'functions/usage-api/own.ts': '',
  'functions/usage-api/asks-another.ts': `export const other = import('../record-messages/handler.ts');`,
  'functions/usage-api/asks-a-test.ts': `import '../../test/support.ts';`,
  'functions/usage-api/asks-for-tools.ts': `import 'vitest';`,
  'functions/record-messages/handler.ts': '',
  'infra/app.ts': `import 'aws-cdk-lib'; import '../functions/shared/runtime/metric-names.ts';`,
  'infra/reaches-a-client.ts': `import '../functions/shared/http/routes.ts';`,
  'infra/asks-a-function.ts': `import '../functions/usage-api/own.ts';`,
  'local/main.ts': `import '../functions/usage-api/handler.ts'; import 'node:fs';`,
  'local/asks-infra.ts': `import '../infra/app.ts';`,
  'local/support/files.ts': `import 'node:fs'; import '../../functions/shared/domain/day.ts';`,
  'local/support/asks-the-host.ts': `import '../host/host.ts';`,
  'local/database/tables.ts': `import '../support/files.ts'; import '../../functions/usage-api/own.ts';`,
  'local/database/asks-the-host.ts': `import '../host/options.ts';`,
  'local/aws/gateway/server.ts': `import '../../support/files.ts'; import './event.ts';`,
  'local/aws/gateway/event.ts': '',
  'local/aws/gateway/asks-another-service.ts': `import '../stream/poller.ts';`,
  'local/aws/stream/poller.ts': `import '../../support/files.ts';`,
  'local/aws/stream/asks-the-database.ts': `import '../../database/tables.ts';`,
  'local/sample/sample.ts': `import '../support/files.ts';`,
  'local/sample/asks-the-gateway.ts': `import '../aws/gateway/event.ts';`,
  'local/host/options.ts': '',
  'local/host/host.ts': `import './options.ts'; import '../aws/gateway/server.ts'; import '../database/tables.ts'; import '../sample/sample.ts'; import '../support/files.ts'; import '../../dashboard/build/build-folder.ts';`,
  'local/host/asks-main.ts': `import '../main.ts';`,
  'local/first.ts': `import './second.ts';`,
  'local/second.ts': `import type { First } from './first.ts';`,
  'local/asks-nothing.ts': `import './missing.ts';`,
  'tools/commands/keys.ts': `import '../../local/first.ts'; import '../../functions/usage-api/own.ts'; import 'zod/mini';`,
  'tools/asks-infra.ts': `import '../infra/app.ts';`,
  'tools/support/tool.ts': `import '../../local/host/options.ts'; import '../../functions/usage-api/own.ts';`,
  'tools/support/asks-a-command.ts': `import '../commands/keys.ts';`,
  'dashboard/vite.config.ts': `import 'vite';`,
  'dashboard/build/build-folder.ts': `import 'node:path';`,
  'dashboard/build/asks-the-page.ts': `import '../src/main.tsx';`,
  'dashboard/src/main.tsx': `import 'react'; import '../shared/formats.ts'; import '../../functions/shared/domain/day.ts';`,
  'dashboard/src/asks-an-operation.ts': `import '../../functions/usage-api/get-growth.ts';`,
  'dashboard/src/asks-a-function.ts': `import '../../functions/usage-api/own.ts';`,
  'dashboard/src/reaches-a-file.ts': `import '../../functions/shared/domain/reads-a-file.ts';`,
  'dashboard/src/reaches-the-store.ts': `import '../../functions/usage-api/list-peers.ts';`,
  'dashboard/shared/formats.ts': '',
  'dashboard/embed/channel-usage.ts': `import 'zod/mini'; import '../shared/formats.ts';`,
  'dashboard/embed/asks-for-react.ts': `import 'react';`,
  'dashboard/embed/asks-an-operation.ts': `import '../../functions/usage-api/get-growth.ts';`,
  'dashboard/embed/asks-the-page.ts': `import '../src/main.tsx';`,
  'functions/shared/http/operation.ts': `import '../domain/day.ts';`,
  'functions/usage-api/context.ts': `import type { Day } from '../shared/domain/day.ts';`,
  'functions/usage-api/get-growth.ts': `import './context.ts'; import '../shared/http/operation.ts'; import 'zod/mini';`,
  'functions/usage-api/list-peers.ts': `import type { Table } from '../shared/store/dynamodb.ts';`,
  'functions/usage-api/operations.ts': `import './get-growth.ts'; import './list-peers.ts';`,
  'functions/usage-api/asks-the-dashboard.ts': `import '../../dashboard/build/build-folder.ts';`,
  'infra/adds-the-dashboard.ts': `import '../dashboard/build/build-folder.ts';`,
  'infra/asks-the-page.ts': `import '../dashboard/shared/formats.ts';`,
  'openapi/build.ts': `import '../functions/usage-api/published-files.ts';`,
  'openapi/document.ts': `import '../functions/usage-api/operations.ts'; import '../functions/shared/http/routes.ts';`,
  'openapi/build-folder.ts': `import 'node:path';`,
  'openapi/asks-a-function.ts': `import '../functions/usage-api/own.ts';`,
  'functions/usage-api/published-files.ts': '',
  'infra/adds-the-description.ts': `import '../openapi/build-folder.ts';`,
  'infra/asks-for-the-description.ts': `import '../openapi/build.ts';`,
  'build/main.ts': `import '../dashboard/build/build-folder.ts'; import '../openapi/build.ts';`,
  'build/asks-a-function.ts': `import '../functions/usage-api/own.ts';`,
  'test/support.ts': '',
  'test/support/database.ts': `import '../../local/database/tables.ts'; import './random.ts';`,
  'test/support/random.ts': '',
  'test/support/asks-those-that-share-it.ts': `import '../tools/tool-run.ts';`,
  'test/tools/tool-run.ts': `import '../support/database.ts';`,
  'test/tools/keys.test.ts': `import './tool-run.ts';`,
  'test/tools/asks-a-test.ts': `import './keys.test.ts';`,
};

const it = fixture.extend('folder', async ({ folder }) => {
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await symlink(join(REPOSITORY, 'package.json'), join(folder, 'package.json'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `${text}\nexport {};\n`);
  }
  return folder;
});

it('the import rules refuse what no part may import, and nothing else', async ({ folder }) => {
  const { forbidden, options } = configuration;
  const settings: ICruiseOptions = {
    ...options,
    baseDir: folder,
    preserveSymlinks: true,
    validate: true,
    ruleSet: { forbidden },
  };
  const { output } = await cruise(
    ['functions', 'infra', 'local', 'openapi', 'tools', 'dashboard', 'build', 'test'],
    settings,
  );
  if (typeof output === 'string') throw new Error(output);
  const broken = output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
  expect(broken.sort()).toEqual([
    'build-imports: build/asks-a-function.ts -> functions/usage-api/own.ts',
    'counting-imports: functions/shared/counting/asks-a-function.ts -> functions/count-messages/event-source.ts',
    'counting-imports: functions/shared/counting/asks-the-edge.ts -> functions/shared/http/routes.ts',
    'dashboard-build-imports: dashboard/build/asks-the-page.ts -> dashboard/src/main.tsx',
    'dashboard-embed-imports: dashboard/embed/asks-an-operation.ts -> functions/usage-api/get-growth.ts',
    'dashboard-embed-imports: dashboard/embed/asks-for-react.ts -> node_modules/react/index.js',
    'dashboard-embed-imports: dashboard/embed/asks-the-page.ts -> dashboard/src/main.tsx',
    'dashboard-page-imports: dashboard/src/asks-a-function.ts -> functions/usage-api/own.ts',
    'dashboard-runs-in-browsers: dashboard/src/asks-a-function.ts -> functions/usage-api/own.ts',
    'dashboard-runs-in-browsers: dashboard/src/reaches-a-file.ts -> fs',
    'dashboard-runs-in-browsers: dashboard/src/reaches-the-store.ts -> functions/shared/runtime/concurrency.ts',
    'dashboard-runs-in-browsers: dashboard/src/reaches-the-store.ts -> functions/shared/store/dynamodb.ts',
    'domain-imports: functions/shared/domain/asks-the-runtime.ts -> functions/shared/runtime/concurrency.ts',
    'domain-imports: functions/shared/domain/asks-the-store.ts -> functions/shared/store/dynamodb.ts',
    'domain-is-pure: functions/shared/domain/reads-a-file.ts -> fs',
    'function-imports: functions/usage-api/asks-a-test.ts -> test/support.ts',
    'function-imports: functions/usage-api/asks-another.ts -> functions/record-messages/handler.ts',
    'function-imports: functions/usage-api/asks-the-dashboard.ts -> dashboard/build/build-folder.ts',
    'http-imports: functions/shared/http/asks-a-function.ts -> functions/usage-api/handler.ts',
    'infra-imports: infra/asks-a-function.ts -> functions/usage-api/own.ts',
    'infra-imports: infra/asks-for-the-description.ts -> openapi/build.ts',
    'infra-imports: infra/asks-the-page.ts -> dashboard/shared/formats.ts',
    'infra-loads-no-client: infra/reaches-a-client.ts -> node_modules/@aws-sdk/client-dynamodb/dist-cjs/index.js',
    'local-host-imports: local/host/asks-main.ts -> local/main.ts',
    'local-imports: local/asks-infra.ts -> infra/app.ts',
    'local-imports: local/asks-nothing.ts -> ./missing.ts',
    'local-room-imports: local/aws/gateway/asks-another-service.ts -> local/aws/stream/poller.ts',
    'local-room-imports: local/aws/stream/asks-the-database.ts -> local/database/tables.ts',
    'local-room-imports: local/database/asks-the-host.ts -> local/host/options.ts',
    'local-room-imports: local/sample/asks-the-gateway.ts -> local/aws/gateway/event.ts',
    'local-support-imports: local/support/asks-the-host.ts -> local/host/host.ts',
    'no-cycles: local/first.ts -> local/second.ts',
    'no-development-packages: functions/usage-api/asks-for-tools.ts -> node_modules/vitest/dist/index.js',
    'no-imported-tests: test/tools/asks-a-test.ts -> test/tools/keys.test.ts',
    'openapi-imports: openapi/asks-a-function.ts -> functions/usage-api/own.ts',
    'resolvable: local/asks-nothing.ts -> ./missing.ts',
    'runtime-imports: functions/shared/runtime/asks-the-edge.ts -> functions/shared/http/routes.ts',
    'runtime-imports: functions/shared/runtime/asks-the-store.ts -> functions/shared/store/dynamodb.ts',
    'store-imports: functions/shared/store/asks-the-counting.ts -> functions/shared/counting/count-messages.ts',
    'store-imports: functions/shared/store/asks-the-edge.ts -> functions/shared/http/routes.ts',
    'store-imports: functions/shared/store/uses-all-of-zod.ts -> node_modules/zod/index.js',
    'test-support-imports: test/support/asks-those-that-share-it.ts -> test/tools/tool-run.ts',
    'tools-imports: tools/asks-infra.ts -> infra/app.ts',
    'tools-support-imports: tools/support/asks-a-command.ts -> tools/commands/keys.ts',
    'zod-mini: functions/shared/store/uses-all-of-zod.ts -> node_modules/zod/index.js',
  ]);
});
