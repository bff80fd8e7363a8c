import { announceDays } from '../functions/announce-days/announce-days.ts';
import { auditFigures } from '../functions/audit-figures/audit-figures.ts';
import { raiseAlerts } from '../functions/raise-alerts/raise-alerts.ts';
import { redriveRecords } from '../functions/redrive-records/redrive-records.ts';
import { sendHeartbeats } from '../functions/send-heartbeats/send-heartbeats.ts';
import { sendNotifications } from '../functions/send-notifications/send-notifications.ts';
import { sendReports } from '../functions/send-reports/send-reports.ts';
import { PassedHeartbeatsStore } from '../functions/shared/store/passed-heartbeats-store.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../test/support/database/capacity.ts';
import type { TestDatabase } from '../test/support/database/database.ts';
import { type TestDependencies, testDependencies } from '../test/support/service/test-dependencies.ts';
import type { RunAtRest, ScheduledFunction } from '../tools/support/bill/measured.ts';

const NEVER = () => false;
const DASHBOARD_URL = 'https://dashboard.example.com/';
const TARGETS = ['topic'];

/** A run of each function that runs by itself, on tables that hold nothing but what the run before stored. */
export async function runsAtRest(database: TestDatabase): Promise<Record<ScheduledFunction, RunAtRest>> {
  const options = { targets: TARGETS, dashboardUrl: DASHBOARD_URL };
  return {
    'send-heartbeats': await atRest(database, async (dependencies) => {
      await sendHeartbeats(dependencies)();
    }),
    'redrive-records': await atRest(database, async (dependencies) => {
      const none = { list: async () => [], read: async () => '', remove: async () => {} };
      await redriveRecords(dependencies, none)(NEVER);
    }),
    'take-daily-snapshot': await atRest(database, async (dependencies) => {
      await takeDailySnapshot(dependencies)({ scheduledAt: '2026-11-22T10:05:00.000Z' }, NEVER);
    }),
    'audit-figures': await atRest(database, async (dependencies) => {
      await auditFigures(dependencies)(NEVER);
    }),
    'raise-alerts': await atRest(database, async (dependencies) => {
      await raiseAlerts(dependencies, options).sweep(NEVER);
    }),
    'send-reports': await atRest(database, async (dependencies) => {
      await sendReports(dependencies, { ...options, put: async () => {} })(NEVER);
    }),
    'send-notifications': await atRest(database, async (dependencies) => {
      await sendNotifications(dependencies, async () => [])(NEVER);
    }),
    'announce-days': await atRest(database, async (dependencies) => {
      await announceDays(dependencies, { name: 'topic', announce: async () => new Set() })(NEVER);
    }),
  };
}

async function atRest(
  database: TestDatabase,
  run: (dependencies: TestDependencies) => Promise<void>,
): Promise<RunAtRest> {
  const dependencies = await testDependencies(database, '2026-11-22T10:05:00.000Z');
  await passHeartbeats(dependencies);
  await run(dependencies);
  dependencies.setClock('2026-11-22T11:05:00.000Z');
  await passHeartbeats(dependencies);
  dependencies.published.length = 0;
  const meter = metered(dependencies.client);
  await run({ ...dependencies, client: meter.client });
  return {
    written: meter.writeUnits(),
    read: meter.readUnits(),
    calls: [...meter.calls.values()].reduce((sum, calls) => sum + calls, 0),
    metrics: dependencies.published.flatMap((counts) => Object.keys(counts)).length,
  };
}

async function passHeartbeats({ client, clock, settings }: TestDependencies): Promise<void> {
  const passed = new Map(Array.from({ length: settings.heartbeats.keys }, (_, key) => [key, clock()]));
  await new PassedHeartbeatsStore({ client, tableName: settings.usageTableName }).note(passed);
}
