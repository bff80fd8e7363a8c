import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { test as fixture } from '../../support/fixture.ts';
import { servedOverHttp } from '../../support/service/served.ts';
import { type CliRun, runCommand, type TestedContext } from './cli-run.ts';

export const PEER = 'peer_123';

/**
 * A service over HTTP, and the command line that asks it:
 *
 * - `url`: where it is;
 * - `cli`: runs a command line against it, with a key that may do everything.
 */
export const test = fixture
  .extend('url', async ({ service, onTestFinished }) => {
    const server = await servedOverHttp(service);
    onTestFinished(() => server.stop());
    return server.url;
  })
  .extend('cli', ({ service, url, key, folder }) => {
    return (argumentsGiven: readonly string[], changed: TestedContext = {}): Promise<CliRun> =>
      runCommand(argumentsGiven, {
        clock: service.clock,
        home: folder,
        workingFolder: folder,
        ...changed,
        environment: { CHANNEL_USAGE_URL: url, CHANNEL_USAGE_API_KEY: key, ...changed.environment },
      });
  });

/** So many messages of one conversation, a second apart. */
export function conversation(
  channel: Omit<UserMessage, 'peerId' | 'conversationId' | 'messageId' | 'sentAt' | 'role'>,
  day: string,
  messages: number,
  peerId = PEER,
): UserMessage[] {
  return Array.from({ length: messages }, (_, number) => ({
    ...channel,
    ...{ peerId, role: 'user' },
    conversationId: `${channel.channelId} ${day}`,
    messageId: `m${number}`,
    sentAt: Date.parse(`${day}T09:00:00.000Z`) + number * 1_000,
  }));
}
