import type { SQSBatchResponse } from 'aws-lambda';
import {
  type AlertOptions,
  type AlertSweep,
  raiseAlerts,
} from '../../../functions/raise-alerts/raise-alerts.ts';
import {
  FINDING_EVENTS,
  type NotificationPayload,
  parsePayload,
} from '../../../functions/shared/domain/notification.ts';
import { addDays, startOf, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { queryAll, type Table } from '../../../functions/shared/store/dynamodb.ts';
import { inPartition } from '../../../functions/shared/store/expressions.ts';
import { HealthSettingsStore } from '../../../functions/shared/store/health-settings-store.ts';
import {
  notificationPartitions,
  parseWaitingNotification,
  type WaitingNotification,
} from '../../../functions/shared/store/items/waiting-notification.ts';
import { type WatchedClient, watched } from '../../support/database/watched-client.ts';
import { test as fixture } from '../../support/fixture.ts';
import { queueEvent } from '../../support/service/queue-event.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';
import type { TestService } from '../../support/service/test-service.ts';

const DASHBOARD = 'https://usage.example.com/';
export const TARGETS = ['topic', 'on-call'];
export const PEER = 'peer_support';

const NEVER = () => false;

/** Raises alerts on a pair of tables, day by day, and reads what is to be told. */
export class Alerting {
  readonly #dependencies: TestDependencies;
  readonly #service: TestService;
  readonly table: Table;
  readonly watched: WatchedClient;
  readonly function: ReturnType<typeof raiseAlerts>;

  constructor(
    dependencies: TestDependencies,
    service: TestService,
    table: Table,
    options: Partial<AlertOptions> = {},
  ) {
    this.#dependencies = dependencies;
    this.#service = service;
    this.table = table;
    this.watched = watched(dependencies.client);
    this.function = raiseAlerts(
      { ...dependencies, client: this.watched.client },
      { targets: TARGETS, dashboardUrl: DASHBOARD, ...options },
    );
  }

  /** Sets the clock. */
  at(day: UtcDay, time: string): void {
    this.#dependencies.setClock(`${day}T${time}:00.000Z`);
  }

  /** Half past midnight behind a day, when counting has passed it. */
  async behind(day: UtcDay): Promise<void> {
    this.at(addDays(day, 1), '00:30');
    await this.#service.passHeartbeats();
  }

  /** The sweep that judges a day, half an hour after it is over. */
  async judge(day: UtcDay): Promise<AlertSweep> {
    await this.behind(day);
    return this.sweep();
  }

  /** A sweep, now. */
  sweep(outOfTime = NEVER): Promise<AlertSweep> {
    return this.function.sweep(outOfTime);
  }

  /** Announces days of a peer; each message is called by its number. */
  announce(days: readonly UtcDay[], peerId = PEER, outOfTime = NEVER): Promise<SQSBatchResponse> {
    return this.function.consume(queueEvent(days.map((day) => ({ peerId, day }))), outOfTime);
  }

  /** Counts so many messages of one channel of a peer, sent on some days. */
  async count(channelId: string, days: readonly UtcDay[], howMany: number, peerId = PEER): Promise<void> {
    for (const day of days) {
      await this.#service.count(
        Array.from({ length: howMany }, (_, number) => ({
          ...{ peerId, channelId, conversationId: `${channelId} ${day}`, messageId: `${number}` },
          ...(channelId === 'integration_slack' && { channelName: 'Slack' }),
          sentAt: startOf(day) + (12 * 3600 + number) * 1000,
        })),
      );
    }
  }

  async setHealth(settings: Parameters<HealthSettingsStore['replace']>[1], peerId = PEER): Promise<void> {
    await new HealthSettingsStore(this.table).replace(peerId, settings);
  }

  /** What waits for a target, peer by peer, in the order in which it is told. */
  async waiting(target = 'topic'): Promise<WaitingNotification[]> {
    const items = await Promise.all(
      notificationPartitions(target).map((partition) =>
        queryAll(this.table, { ...inPartition(partition), ConsistentRead: true }),
      ),
    );
    return items.flat().map(parseWaitingNotification);
  }

  /** The payloads that wait for a target. */
  async told(target = 'topic'): Promise<NotificationPayload[]> {
    return (await this.waiting(target)).map(({ payload }) => parsePayload(payload));
  }

  /** What waits for the topic, each in a line. */
  async lines(): Promise<string[]> {
    return (await this.told()).map(lineOf);
  }
}

/** A message of a finding in a line: what is told, of which finding, and since when. */
function lineOf(payload: NotificationPayload): string {
  if (payload.type === 'report.monthly' || payload.type === 'test') return payload.type;
  const { day, code, channelId, severity, since } = payload.data;
  const what = FINDING_EVENTS.find((event) => event === payload.type)?.slice('finding.'.length);
  return `${day}: ${what} ${code} ${channelId} (${severity}, since ${since})`;
}

/** What a test of alerts works on, besides: `alerting`. */
export const test = fixture.extend(
  'alerting',
  ({ dependencies, service, table }) => new Alerting(dependencies, service, table),
);
