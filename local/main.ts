import { setTimeout as pause } from 'node:timers/promises';
import { errorMessage, errorSummary } from '../functions/shared/runtime/error-text.ts';
import { type Host, startHost } from './host/host.ts';
import { parseOptions } from './host/options.ts';
import { sampleIsLoading, welcome } from './host/welcome.ts';
import { loadSample } from './sample/sample.ts';
import { HostError } from './support/host-error.ts';
import { showProgress } from './support/progress.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * A Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. Only a signal that comes
 * later than this is a second one.
 */
const SAME_KEY_PRESS_MS = 500;
const INTERRUPTED = 130;
const END_WITHIN_MS = 2_000;

await main(process.stdout);

async function main(terminal: NodeJS.WriteStream): Promise<void> {
  // Where nobody reads any longer, as after `| head`, the service still goes on.
  process.stdout.on('error', () => {});
  const options = parseOptions(process.argv.slice(2));
  const stopping = new AbortController();
  stopOnSignals(stopping);
  try {
    const host = await startHost(options, { environment: process.env, complain, show });
    terminal.write(welcome(host));
    const sample = options.sample ? showSample(host, terminal, stopping.signal) : undefined;
    const failure = await Promise.race([host.failed, whenAborted(stopping.signal)]);
    stopping.abort();
    await sample;
    await host.stop();
    endSoon();
    if (failure !== undefined) return giveUp(`${failure}; ${host.dataFolder.logFile} may tell more`);
    process.exitCode = 0;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    giveUp(error.message);
  }
}

/** The first signal asks for a clean stop, the second one ends the process at once. */
function stopOnSignals(stopping: AbortController): void {
  let firstAt: number | undefined;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        stopping.abort();
      } else if (now - firstAt > SAME_KEY_PRESS_MS) {
        process.exit(INTERRUPTED);
      }
    });
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** Loads the sample; its failure is told, and does not end the host. */
async function showSample(host: Host, terminal: NodeJS.WriteStream, stop: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const { sample: status } = host;
  try {
    const counted = await loadSample({
      url: host.url,
      apiKey: host.apiKey,
      stateFile: host.dataFolder.sampleFile,
      messages: host.messages,
      channels: host.channels,
      isEmpty: host.wasEmpty,
      clock: Date.now,
      pause: (milliseconds) => pause(milliseconds, undefined, { signal: stop }),
      status,
      showProgress: (total) => {
        terminal.write(sampleIsLoading(host));
        return showProgress('Loading the sample', total, terminal.isTTY ? terminal : undefined, (text) =>
          terminal.write(text),
        );
      },
      stop,
    });
    if (counted === undefined) return status.update({ state: 'none' });
    // Eight weeks of history have come at once, and are sealed without waiting for the next full hour.
    await host.takeSnapshots();
    status.update({ state: 'loaded' });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    terminal.write(
      `The sample is loaded: ${counted} user messages were counted, after ${seconds} seconds.\n`,
    );
  } catch (error) {
    if (stop.aborted) return;
    status.update({ state: 'failed' });
    host.log.error('the sample could not be loaded', { error: errorSummary(error) });
    complain(`the sample could not be loaded: ${errorMessage(error)}`);
  }
}

/** Ends the process even where something that did not end in time when the host stopped still keeps it busy. */
function endSoon(): void {
  setTimeout(() => process.exit(), END_WITHIN_MS).unref();
}

function giveUp(problem: string): void {
  complain(problem);
  process.exitCode = 1;
}

function show(text: string): void {
  process.stdout.write(text);
}

function complain(problem: string): void {
  process.stderr.write(`${problem}\n`);
}
