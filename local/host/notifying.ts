import { notificationText } from '../../functions/send-notifications/notification-text.ts';
import type { Receiver } from '../../functions/send-notifications/receiver.ts';
import { LOCAL_RETRIES } from '../../functions/send-notifications/retry-schedule.ts';
import { sendNotifications } from '../../functions/send-notifications/send-notifications.ts';
import { topicMessage } from '../../functions/send-notifications/topic-message.ts';
import { isolated } from '../../functions/shared/domain/name-in-text.ts';
import { parsePayload } from '../../functions/shared/domain/notification.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { TOPIC_TARGET } from '../../functions/shared/runtime/notification-targets.ts';
import { JsonLines } from '../support/json-lines.ts';
import type { DataFolder } from './data-folder.ts';
import { RepeatedJob } from './repeated-job.ts';

/** What is told is looked for every two seconds; what waits to be sent again more often, as its first pauses are short. */
const PAUSE_MS = 2_000;
const PAUSE_WHILE_WAITING_MS = 500;

/** What sending works with. */
export interface NotifyingOptions {
  /** Those of send-notifications. */
  dependencies: Dependencies;
  webhooks: readonly Receiver[];
  folder: Pick<DataFolder, 'alertsFile'>;
  /** Shows people at the terminal something, in lines. */
  show: (text: string) => void;
  /** Tells them what is wrong. */
  complain: (problem: string) => void;
}

/** Tells people and webhooks what was decided to be told, from its making until it is stopped. */
export class Notifying {
  /** The names of all who are told. */
  readonly targets: readonly string[];
  readonly #alerts: JsonLines;
  readonly #sending: RepeatedJob<unknown>;

  constructor({ dependencies, webhooks, folder, show, complain }: NotifyingOptions) {
    this.#alerts = new JsonLines(folder.alertsFile, complain);
    const receivers = [atTheTerminal(this.#alerts, show), ...webhooks];
    this.targets = receivers.map(({ name }) => name);
    this.#sending = new RepeatedJob({
      name: 'sending notifications',
      job: sendNotifications(dependencies, async () => receivers, LOCAL_RETRIES),
      pauseAfter: (run) => (run !== undefined && run.waiting > 0 ? PAUSE_WHILE_WAITING_MS : PAUSE_MS),
      log: dependencies.log,
    });
  }

  /** Resolves when what was being sent is. */
  async stop(): Promise<void> {
    await this.#sending.stop();
    this.#alerts.close();
  }
}

/** The people at the terminal, and a file with all of it for programs, in the place of the topic. */
function atTheTerminal(alerts: JsonLines, show: (text: string) => void): Receiver {
  return {
    name: TOPIC_TARGET,
    place: 'terminal',
    concurrency: 1,
    pauseMs: 0,
    async tell(notification) {
      const payload = parsePayload(notification.payload);
      const text = notificationText(payload);
      alerts.addLine(topicMessage(notification, payload, text).machine);
      show(inShort(text));
      return { kind: 'taken', answer: 'shown' };
    },
  };
}

/** What is told in a few lines; the file has the rest. */
function inShort({ title, peerId, sentences, facts, url }: ReturnType<typeof notificationText>): string {
  const what = peerId === undefined ? title : `${title}, at ${isolated(peerId)}`;
  // A report has no sentences: its first fact is the peer, and the others are its figures.
  const figures = facts.slice(1).map(([label, fact]) => `${label}: ${fact}`);
  const told = sentences.length > 0 ? sentences : [figures.join('; ')];
  return [what, ...told, ...(url === undefined ? [] : [url])]
    .map((line, index) => `${index === 0 ? '' : '  '}${line}\n`)
    .join('');
}
