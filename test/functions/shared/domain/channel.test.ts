import { describe, expect, test } from 'vitest';
import {
  type Channel,
  channelNameOf,
  compareChannels,
  galleryKeyOf,
} from '../../../../functions/shared/domain/channel.ts';

function channel(channelId: string, more: Partial<Channel> = {}): Channel {
  return { channelId, number: 1, status: 'enabled', registeredAt: 0, ...more };
}

describe('the name of a channel', () => {
  test.each<[name: string, channel: Channel]>([
    ['Direct/Web', channel('direct')],
    ['WebChat', channel('webchat')],
    ['API', channel('api')],
    ['integration_1', channel('integration_1')],
    ['WhatsApp', channel('integration_1', { messageGalleryKey: 'whatsapp' })],
    ['WhatsApp', channel('integration_1', { messageGalleryKey: 'WhatsApp' })],
    ['Slack', channel('integration_1', { messageGalleryKey: 'slack' })],
    ['Email', channel('integration_1', { messageGalleryKey: 'email' })],
    ['Discord', channel('integration_1', { messageGalleryKey: 'discord' })],
    ['Telegram', channel('integration_1', { registryGalleryKey: 'telegram', messageGalleryKey: 'slack' })],
    ['WebChat', channel('integration_1', { messageGalleryKey: 'webchat' })],
    ['Microsoft Teams', channel('integration_1', { messageGalleryKey: 'teams' })],
    ['Microsoft Teams', channel('integration_1', { messageGalleryKey: 'MSTeams' })],
    ['SMS', channel('integration_1', { messageGalleryKey: 'sms' })],
    ['LINE', channel('integration_1', { messageGalleryKey: 'line' })],
    ['Messenger', channel('integration_1', { messageGalleryKey: 'facebook-messenger' })],
    ['integration_1', channel('integration_1', { messageGalleryKey: 'acme-desk' })],
    ['Direct/Web', channel('direct', { messageGalleryKey: 'slack' })],
    ['Chat', channel('direct', { messageName: 'Chat' })],
    ['Support', channel('direct', { messageName: 'Chat', registryName: 'Support' })],
    ['toString', channel('toString')],
  ])('%s is the name of %j', (name, named) => {
    expect(channelNameOf(named)).toBe(name);
  });
});

test('the gallery key of the registry beats the one in messages', () => {
  expect(galleryKeyOf(channel('a'))).toBeUndefined();
  expect(galleryKeyOf(channel('a', { messageGalleryKey: 'slack' }))).toBe('slack');
  expect(galleryKeyOf(channel('a', { messageGalleryKey: 'slack', registryGalleryKey: 'email' }))).toBe(
    'email',
  );
});

test('channels are in order of messages, then conversations, then ids', () => {
  const ordered = [
    { channelId: 'z', messageCount: 9, conversationCount: 1 },
    { channelId: 'y', messageCount: 5, conversationCount: 4 },
    { channelId: 'B', messageCount: 5, conversationCount: 3 },
    { channelId: 'a', messageCount: 5, conversationCount: 3 },
    { channelId: 'é', messageCount: 5, conversationCount: 3 },
    { channelId: 'x', messageCount: 0, conversationCount: 0 },
  ];
  expect(ordered.toReversed().sort(compareChannels)).toEqual(ordered);
  expect(ordered.toSorted(compareChannels)).toEqual(ordered);
});
