import { Command, Option } from 'commander';
import { kindNameOf } from '../../../../dashboard/shared/channel-icons.ts';
import { CHANNEL_STATUSES, type ChannelStatus } from '../../../../functions/shared/domain/channel.ts';
import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import {
  channelsAnswer,
  type RegisteredChannel,
  registeredChannel,
} from '../../../../functions/shared/domain/registered-channel.ts';
import { parseIdentifier } from '../../../../tools/support/option-values.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { channelsText } from '../drawing/channels-text.ts';
import { pageFor } from '../drawing/page.ts';
import { UsageError } from '../exit-codes.ts';
import { type OutputOptions, withOutputOptions, writeOutput } from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { withExamples, withPeer } from './reading-options.ts';

interface SetOptions extends ConnectionOptions, OutputOptions {
  /** `false` is for the option that takes it away. */
  name?: string | false;
  kind?: string | false;
  status?: ChannelStatus;
}

/** Lists the channels of a peer, and sets what they are called and whether they are listed. */
export function channelsCommand(context: CliContext): Command {
  return withExamples(
    new Command('channels').description(
      'List the channels of a peer, and set their names, kinds and statuses.',
    ),
    [
      'channels list peer_support',
      'channels set peer_support integration_123 --name "Support desk" --kind webchat',
      'channels set peer_support integration_9 --status removed',
    ],
  )
    .addCommand(listCommand(context))
    .addCommand(setCommand(context));
}

function listCommand(context: CliContext): Command {
  const command = withPeer(new Command('list').description('List every channel, whatever its status.'));
  return withOutputOptions(command).action(async (peerId: string, _: OutputOptions, self: Command) => {
    const options = self.optsWithGlobals<ConnectionOptions & OutputOptions>();
    const client = await clientFor(options, context);
    const { json, value } = await answerTo(client.listChannels(peerId), channelsAnswer);
    write(json, value.channels, options, context);
  });
}

function setCommand(context: CliContext): Command {
  const command = withPeer(new Command('set').description('Set what is said of a channel, or register it.'))
    .argument('<channel>', 'the channel, by its id', parseIdentifier)
    .option('--name <name>', 'its name, which beats the one in messages', parseIdentifier)
    .option('--no-name', 'take the name away that was set')
    .option('--kind <kind>', 'its kind (gallery key), such as slack', parseIdentifier)
    .option('--no-kind', 'take the kind away that was set')
    .addOption(new Option('--status <status>', 'whether statistics list it').choices(CHANNEL_STATUSES));
  return withOutputOptions(command).action(
    async (peerId: string, channelId: string, _: SetOptions, self: Command) => {
      const options = self.optsWithGlobals<SetOptions>();
      const { name, kind, status } = options;
      if (name === undefined && kind === undefined && status === undefined) {
        throw new UsageError('say what to set: --name, --kind or --status');
      }
      const change = {
        ...(name !== undefined && { channelName: name === false ? null : name }),
        ...(kind !== undefined && { galleryKey: kind === false ? null : kind }),
        ...(status !== undefined && { status }),
      };
      const client = await clientFor(options, context);
      const { json, value } = await answerTo(client.setChannel(peerId, channelId, change), registeredChannel);
      write(json, [value], options, context);
    },
  );
}

function write(
  json: unknown,
  channels: readonly RegisteredChannel[],
  options: OutputOptions,
  context: CliContext,
): void {
  const rows = channels.map((channel): CsvCell[] => [
    ...[channel.channelId, channel.channelName, kindNameOf(channel), channel.status, channel.registeredAt],
  ]);
  const columns = ['Channel id', 'Channel', 'Kind', 'Status', 'Registered'];
  const text = () => channelsText(channels, pageFor(context));
  writeOutput({ json, csv: () => csv([columns, ...rows]), text }, options, context);
}
