import type { Receiver } from '../../functions/send-notifications/receiver.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import type { Waiting } from '../../functions/shared/runtime/waiting.ts';
import type { SampleStatus, SampleStatusKeeper } from '../sample/sample-status.ts';
import { localWebhooks } from '../support/webhooks.ts';
import { Alerting } from './alerting.ts';
import { Announcing } from './announcing.ts';
import { type DataFolder, exportsFolderOf } from './data-folder.ts';
import { type ExportAccounts, exportAccounts, exportConsumers } from './exports.ts';
import type { Notices } from './notices.ts';
import { Notifying } from './notifying.ts';
import type { HostOptions } from './options.ts';
import { Reporting } from './reporting.ts';

/** Who is told, and where days are exported to, beside the terminal and the data folder. */
export interface ToldTargets {
  webhooks: readonly Receiver[];
  accounts: ExportAccounts;
}

/**
 * Those of the options and the environment.
 *
 * @throws HostError that names what is missing or wrong
 */
export function toldTargets(
  options: HostOptions,
  environment: Readonly<Record<string, string | undefined>>,
  waiting: Pick<Waiting, 'deadline'>,
): ToldTargets {
  return {
    webhooks: localWebhooks(options.webhooks, options.webhookSecret, waiting),
    accounts: exportAccounts(options, environment),
  };
}

/** What telling works with. */
export interface TellingOptions {
  dependenciesOf: (service: string) => Dependencies;
  targets: ToldTargets;
  /** Where the host is. */
  url: string;
  folder: DataFolder;
  notices: Notices;
  sample: Pick<SampleStatusKeeper, 'read'>;
  /** Shows people at the terminal what they are told, in lines. */
  show: (text: string) => void;
  /** Tells them what is wrong. */
  complain: (problem: string) => void;
}

/** What the sample may be before all of it is counted. */
const LOADING: readonly SampleStatus['state'][] = ['checking', 'loading'];

/** Tells people and programs of what is found, and of days, from its making until it is stopped. */
export class Telling {
  readonly #notifying: Notifying;
  readonly #alerting: Alerting;
  readonly #reporting: Reporting;
  readonly #announcing: Announcing;

  constructor({ dependenciesOf, targets, url, folder, notices, sample, show, complain }: TellingOptions) {
    this.#notifying = new Notifying({
      dependencies: dependenciesOf('send-notifications'),
      webhooks: targets.webhooks,
      ...{ folder, show, complain },
    });
    const judging = {
      targets: this.#notifying.targets,
      dashboardUrl: `${url}/`,
      areFiguresWhole: () => !LOADING.includes(sample.read().state),
    };
    this.#alerting = new Alerting({ dependencies: dependenciesOf('raise-alerts'), ...judging });
    this.#reporting = new Reporting({
      dependencies: dependenciesOf('send-reports'),
      folder: folder.path,
      ...judging,
    });
    this.#announcing = new Announcing({
      dependencies: dependenciesOf('announce-days'),
      consumers: [
        this.#alerting.consumer,
        ...exportConsumers(dependenciesOf, targets.accounts, exportsFolderOf(folder.path)),
      ],
      ...{ folder, notices, complain },
    });
  }

  /** Resolves when what was under way is done. */
  async stop(): Promise<void> {
    // At once: each may have to wait for somebody who does not answer.
    await Promise.all(
      [this.#announcing, this.#reporting, this.#alerting, this.#notifying].map((part) => part.stop()),
    );
  }
}
