import { randomUUID } from 'node:crypto';
import {
  postMessages,
  type RunningHost,
  startLocalHost,
  THIS_HOST,
  temporaryFolder,
} from '../../support/host/local-host.ts';

/** Starts a host without any data, for a test of its own. */
export async function startEmptyHost(): Promise<RunningHost> {
  return startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
}

/** Stops a host, and gives what starts it again at the same address with the same data. */
export async function interrupt(host: RunningHost): Promise<() => Promise<RunningHost>> {
  const { port } = new URL(host.url);
  host.process.kill('SIGTERM');
  await host.exit;
  return () => startLocalHost({ dataFolder: host.dataFolder, options: ['--no-sample', '--port', port] });
}

const STOPPABLE_COUNTING = new URL('./stoppable-counting.ts', import.meta.url).href;

/** A host whose counting can be stopped while all else goes on. */
export interface StoppableHost extends RunningHost {
  stopCounting(): void;
  /** Counts what was recorded meanwhile, and goes on. */
  goOnCounting(): void;
}

/** Starts a host without any data whose counting can be stopped. */
export async function startStoppableHost(): Promise<StoppableHost> {
  const host = await startLocalHost({
    dataFolder: await temporaryFolder(),
    options: ['--no-sample'],
    program: { ...THIS_HOST, nodeOptions: ['--import', STOPPABLE_COUNTING] },
  });
  return {
    ...host,
    stopCounting: () => host.process.kill('SIGUSR2'),
    goOnCounting: () => host.process.kill('SIGCONT'),
  };
}

/** A peer that nobody else uses. */
export function newPeer(): string {
  return `peer_${randomUUID()}`;
}

export interface NewMessage {
  channelId: string;
  channelName?: string;
  galleryKey?: string;
  conversationId?: string;
  sentAt?: string;
}

/** Records messages that people wrote, as a platform does. */
export async function record(
  service: Pick<RunningHost, 'url' | 'apiKey'>,
  peerId: string,
  messages: readonly NewMessage[],
): Promise<void> {
  const { status, body } = await postMessages(
    service,
    peerId,
    messages.map((message) => ({
      messageId: randomUUID(),
      conversationId: 'conversation-1',
      role: 'user',
      ...message,
    })),
  );
  if (status !== 200) throw new Error(`the service answered ${status}: ${JSON.stringify(body)}`);
}

/** A message on each of some channels, and so many more on the first ones that none has as many as another. */
export function someMessages(...channelIds: string[]): NewMessage[] {
  return channelIds.flatMap((channelId, index) =>
    Array.from({ length: channelIds.length - index }, () => ({ channelId })),
  );
}
