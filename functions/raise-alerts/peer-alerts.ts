import { nextAlerts } from '../shared/domain/alerts.ts';
import type { UsageSource } from '../shared/domain/channel-stats.ts';
import { firstDayOfHealth, judgedPeer } from '../shared/domain/health.ts';
import type { HealthSettingsSource } from '../shared/domain/health-settings.ts';
import { addDays, type EpochMillis, type UtcDay } from '../shared/domain/utc-day.ts';
import type { Waiting } from '../shared/runtime/waiting.ts';
import type { NotifiedPeer } from '../shared/store/items/notified-peer.ts';
import type { NotifiedPeers } from '../shared/store/notified-peers.ts';
import { retryOnConflict } from '../shared/store/retry-on-conflict.ts';

interface PeerAlertsDependencies {
  notified: NotifiedPeers;
  usage: Pick<UsageSource, 'read'>;
  healthSettings: HealthSettingsSource;
  waiting: Waiting;
  clock: () => EpochMillis;
  /** Where the dashboard is, as a URL. */
  dashboardUrl: string;
}

/** Decides what people are told of the findings of peers. */
export class PeerAlerts {
  readonly #dependencies: PeerAlertsDependencies;

  constructor(dependencies: PeerAlertsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Judges a peer, and stores what is to be told of it together with what people know then. Any number of these may
   * be under way for a peer, and each may end anywhere: nothing is told twice, and nothing is left out.
   *
   * @param day the newest complete day, which counting has passed
   * @returns how much is to be told
   * @throws MalformedItemError, ContentionError, or what DynamoDB throws
   */
  async raise(peerId: string, day: UtcDay): Promise<number> {
    let raised = 0;
    await retryOnConflict(this.#dependencies.waiting, async () => {
      for await (const notifications of this.#decide(peerId, day)) raised += notifications;
    });
    return raised;
  }

  /** @returns how many notifications each decision had, after it was stored */
  async *#decide(peerId: string, day: UtcDay): AsyncGenerator<number> {
    const { notified, usage, healthSettings, clock, dashboardUrl } = this.#dependencies;
    // Before all else: what was read before a decision that this state knows of must not undo it.
    let state = await notified.read(peerId);
    if (state.judgedDay !== undefined && state.judgedDay > day) return;
    const settings = await healthSettings.read(peerId);
    if (!settings.alerts) {
      if (state.openFindings.length > 0) await this.#store(peerId, day, state, [], []);
      return;
    }
    const read = await usage.read(peerId, addDays(day, 1), {
      from: firstDayOfHealth(day),
      // As what was counted by now has to be part of what is judged.
      consistent: true,
    });
    const judged = judgedPeer(read, { through: day, settings });
    for (;;) {
      const context = { peerId, judged, dashboardUrl, now: clock() };
      const next = nextAlerts(state, context, notified.mostAtOnce);
      if (next === undefined) return;
      const { openFindings, notifications } = next;
      state = await this.#store(peerId, day, state, openFindings, notifications);
      yield notifications.length;
    }
  }

  #store(
    peerId: string,
    day: UtcDay,
    read: NotifiedPeer,
    openFindings: NotifiedPeer['openFindings'],
    notifications: Parameters<NotifiedPeers['decide']>[2]['notifications'],
  ): Promise<NotifiedPeer> {
    const { version, sequence, ...others } = read;
    const state = { ...others, openFindings, judgedDay: day };
    const { notified, clock } = this.#dependencies;
    return notified.decide(peerId, read, { state, notifications }, clock());
  }
}
