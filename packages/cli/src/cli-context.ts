import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { Waiting } from '../../../functions/shared/runtime/waiting.ts';

/** What people look at: a terminal, or whatever the output is piped into. */
export interface Screen {
  /** Whether a person sees the output as it is written, so that it can be drawn anew. */
  isTerminal: boolean;
  /** In columns. */
  width: number;
  /** In lines. */
  height: number;
  hasColors: boolean;
}

/** What a command does to the world around it: tests run commands with one of their own. */
export interface CliContext {
  clock: () => EpochMillis;
  waiting: Waiting;
  fetch: typeof fetch;
  environment: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  /** The folder of the person. */
  home: string;
  /** The folder in which the command was started. */
  workingFolder: string;
  /** For what somebody may want to pipe or capture. */
  write: (text: string) => void;
  /** For what is said to the person at the terminal. */
  say: (text: string) => void;
  /** As it is now: people change the size of windows. */
  screen: () => Screen;
  /** The terminal to which the person looks where progress is told; without one, it is told in lines. */
  terminal: NodeJS.WriteStream | undefined;
  /** Asks the person; nothing where nobody can be asked. */
  ask: (question: string) => Promise<string | undefined>;
  /** Asks without showing what is typed; nothing where nobody can be asked. */
  askSecretly: (question: string) => Promise<string | undefined>;
  /** What is piped into the command; nothing where a person would have to type it. */
  input: () => AsyncIterable<Uint8Array> | undefined;
  /** Is aborted when the person presses Ctrl-C, which ends the process by itself where nobody has asked for this. */
  interruption: () => AbortSignal;
  /** Runs a program of the system, and says whether that worked. */
  run: (program: string, argumentsGiven: readonly string[]) => Promise<boolean>;
}
