import { errorName } from '../shared/runtime/error-text.ts';
import type { NotificationTarget } from '../shared/runtime/notification-targets.ts';
import { MissingParameterError } from '../shared/runtime/parameters.ts';
import type { Post } from '../shared/sending/post.ts';
import { urlProblem } from '../shared/sending/public-address.ts';
import type { Receiver } from './receiver.ts';
import { type Publish, topicReceiver } from './topic-receiver.ts';
import { slackWebhook, standardWebhook } from './webhook-receivers.ts';
import { SigningSecretError, signingKeys } from './webhook-signature.ts';

/** What leads to the targets that infrastructure sets. */
export interface ReceiverContext {
  post: Post;
  publishOn: (topicArn: string) => Publish;
  /** The values of secret parameters by their names. @throws MissingParameterError */
  readParameters: (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/**
 * The targets that infrastructure sets. Each secret is read once; one that is missing, or cannot be used, is asked for
 * again the next time. Until then nothing can be sent to its target, and to all others it can.
 */
export class ConfiguredReceivers {
  readonly #targets: readonly NotificationTarget[];
  readonly #context: ReceiverContext;
  readonly #ready = new Map<string, Receiver>();

  constructor(targets: readonly NotificationTarget[], context: ReceiverContext) {
    this.#targets = targets;
    this.#context = context;
  }

  /** All targets, in their order. */
  all(): Promise<Receiver[]> {
    return Promise.all(this.#targets.map((target) => this.#receiverOf(target)));
  }

  async #receiverOf(target: NotificationTarget): Promise<Receiver> {
    const { name } = target;
    try {
      const receiver = this.#ready.get(name) ?? (await receiverOf(target, this.#context));
      this.#ready.set(name, receiver);
      return receiver;
    } catch (error) {
      return unreachable(name, problemOf(error));
    }
  }
}

/** Where a target is reached cannot be used. What it says holds no secret. */
class UnusableTargetError extends Error {
  override name = 'UnusableTargetError';
}

async function receiverOf(target: NotificationTarget, context: ReceiverContext): Promise<Receiver> {
  const { post, publishOn } = context;
  const { name } = target;
  switch (target.kind) {
    case 'topic':
      return topicReceiver({ name, place: target.topicArn }, publishOn(target.topicArn));
    case 'standard': {
      const { secretParameter, url } = target;
      const keys = signingKeys(await secret(secretParameter, context), inWords(secretParameter));
      return standardWebhook({ name, url: usable(url, 'its URL'), keys }, post);
    }
    case 'slack': {
      const { urlParameter } = target;
      const url = (await secret(urlParameter, context)).trim();
      return slackWebhook({ name, url: usable(url, `the URL in ${inWords(urlParameter)}`) }, post);
    }
  }
}

async function secret(parameter: string, { readParameters }: ReceiverContext): Promise<string> {
  return (await readParameters([parameter])).get(parameter) ?? '';
}

function inWords(parameter: string): string {
  return `the parameter ${parameter}`;
}

function usable(url: string, what: string): string {
  const problem = urlProblem(url, { allowLoopback: false });
  if (problem === undefined) return url;
  throw new UnusableTargetError(`${what} cannot be used: ${problem}`);
}

function problemOf(error: unknown): string {
  const isOurs =
    error instanceof SigningSecretError ||
    error instanceof MissingParameterError ||
    error instanceof UnusableTargetError;
  return isOurs ? error.message : `its secret could not be read: ${errorName(error)}`;
}

function unreachable(name: string, problem: string): Receiver {
  return {
    name,
    place: undefined,
    concurrency: 1,
    pauseMs: 0,
    tell: async () => ({ kind: 'failed', problem, isBusy: true }),
  };
}
