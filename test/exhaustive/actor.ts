import { BatchExecuteStatementCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '../../functions/shared/runtime/waiting.ts';
import type { Truth } from '../faults/truth.ts';
import { type Command, clientOf } from '../support/database/in-memory/in-memory-dynamodb.ts';
import { executedOneByOne } from '../support/database/statements.ts';
import { shortened, textOf } from './fingerprint.ts';
import type { Answer } from './shared-store.ts';

/** What an actor does next, once it is its turn. */
export type Call =
  | { kind: 'command'; command: Command; settle: (answer: Answer) => void }
  | { kind: 'look'; look: () => Truth; settle: (answer: Answer) => void }
  | { kind: 'pause'; settle: (answer: Answer) => void }
  /** The end of a transaction that was not seen whole, with its answer. */
  | { kind: 'whole'; answer: Answer; settle: (answer: Answer) => void };

/** A process of an actor, which may die. */
export interface Process {
  client: DynamoDBDocumentClient;
  waiting: Waiting;
  /** Rejected with `DIED` when it dies. */
  died: Promise<never>;
}

/** What an actor works with. */
export interface Stage {
  newProcess(): Process;
  /** Says what an actor still knows when its process has died. */
  remember(text: string): void;
  /** Takes a step that looks at something that is of one moment. */
  look(look: () => Truth): Promise<Truth>;
  /** Whether anything went wrong until now that was a fault. */
  hadFault(): boolean;
  /** Whether this actor was given something that was not what was written last. */
  wasGivenStale(): boolean;
}

/** What an actor does. */
export interface Role {
  name: string;
  /** The same for two actors that do exactly the same. */
  program: string;
  /** Whether its calls fail and its process may die: what happens to one that only reads is seen by nobody else. */
  mayDie: boolean;
  /** Whether it only reads, so that all others do what they would do without it. */
  isPassive: boolean;
  /** @returns when it has nothing more to do. @throws where something is wrong that it saw */
  play(stage: Stage): Promise<void>;
}

/** A step as the one who takes it sees it. */
interface TakenStep {
  known: string;
  isTorn: boolean;
  isStale: boolean;
}

/** What whoever waits for a process gets that has died. */
export const DIED = new Error('the process died');

/**
 * Somebody who takes steps, of which the scheduler decides when they are taken. What an actor does follows from its
 * program and from what it was answered so far: that is all that tells its states apart.
 */
export class Actor {
  readonly role: Role;
  readonly #calls: Call[] = [];
  readonly #hadFault: () => boolean;
  #known = '';
  #memory = '';
  #hasJustDied = false;
  #wasGivenStale = false;
  #die: ((error: Error) => void) | undefined;
  readonly wasOver: boolean;
  isOver: boolean;
  /** What it says is wrong. */
  failure: { error: unknown } | undefined;

  /** @param wasOver whether it is over already, so that it does nothing more */
  constructor(role: Role, hadFault: () => boolean, wasOver = false) {
    this.role = role;
    this.#hadFault = hadFault;
    this.wasOver = wasOver;
    this.isOver = wasOver;
    if (!wasOver) this.#play();
  }

  #play(): void {
    this.role
      .play({
        newProcess: () => this.#newProcess(),
        remember: (text) => {
          this.#memory = text;
        },
        look: (look) => this.#look(look),
        hadFault: this.#hadFault,
        wasGivenStale: () => this.#wasGivenStale,
      })
      .then(
        () => {
          this.isOver = true;
        },
        (error: unknown) => {
          this.failure = { error };
          this.isOver = true;
        },
      );
  }

  /** Whether it has taken a step. */
  get hasBegun(): boolean {
    return this.#known !== '';
  }

  /** The step that it takes next. */
  get next(): Call {
    const [call] = this.#calls;
    if (call === undefined) throw new Error(`${this.role.name} waits for something that never comes`);
    return call;
  }

  /**
   * Whether it could go on: it is not over, and has not to be started again. One that pauses could: two that are in each
   * other's way would otherwise take turns for ever, which pauses of growing and random length keep them from.
   */
  get isGoing(): boolean {
    return !this.isOver && !this.#hasJustDied;
  }

  /** Tells its state from all others of its program. */
  get text(): string {
    return this.isOver ? `${this.role.program} over` : `${this.role.program} ${this.#known}`;
  }

  /** What `text` will be if it is answered this, as long as nobody has looked whether it is over then. */
  textAfter(known: string): string {
    return `${this.role.program} ${known}`;
  }

  /**
   * Takes its next step.
   *
   * @param answer nothing where it dies of it
   * @param step what `knownAfter` says of it, and how it was answered
   */
  take(answer: Answer | undefined, { known, isTorn, isStale }: TakenStep): void {
    this.#wasGivenStale ||= isStale;
    this.#known = known;
    this.#hasJustDied = answer === undefined;
    const call = this.#calls.shift();
    if (answer === undefined) {
      this.#calls.length = 0;
      this.#die?.(DIED);
    } else if (isTorn && call !== undefined) {
      this.#calls.unshift({ kind: 'whole', answer, settle: call.settle });
    } else call?.settle(answer);
  }

  /** Stands for all that it will have been answered. */
  knownAfter(answer: Answer | undefined, isTorn: boolean): string {
    if (answer === undefined) return shortened(`died ${this.#memory}`);
    const text = 'error' in answer ? `error ${textOf(answer.error)}` : textOf(answer.value);
    return shortened(`${this.#known} ${isTorn ? 'torn' : ''} ${text}`);
  }

  #newProcess(): Process {
    const { promise: died, reject } = Promise.withResolvers<never>();
    died.catch(() => {});
    this.#die = reject;
    const client = clientOf((command) =>
      // Its statements are made one by one, and others come in between.
      command instanceof BatchExecuteStatementCommand
        ? executedOneByOne(command, client)
        : this.#call((settle) => ({ kind: 'command', command, settle })),
    );
    return {
      client,
      waiting: {
        pause: async () => {
          await this.#call((settle) => ({ kind: 'pause', settle }));
        },
        // No schedule is about time that runs out.
        deadline: () => new Promise(() => {}),
        random: () => 0.5,
      },
      died,
    };
  }

  #call(make: (settle: (answer: Answer) => void) => Call): Promise<object> {
    return new Promise((resolve, reject) => {
      this.#calls.push(make((answer) => ('error' in answer ? reject(answer.error) : resolve(answer.value))));
    });
  }

  async #look(look: () => Truth): Promise<Truth> {
    const seen = await this.#call((settle) => ({ kind: 'look', look, settle }));
    if (!(seen instanceof Map)) throw new Error('nobody has looked');
    return seen;
  }
}
