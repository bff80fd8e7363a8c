import { describe, expect, test } from 'vitest';
import { channelColors, MOST_COLORED, OTHER_COLOR } from '../../dashboard/shared/channel-colors.ts';
import {
  CHANNEL_ICONS,
  type ChannelIdentity,
  channelKind,
  kindNameOf,
} from '../../dashboard/shared/channel-icons.ts';

describe('the kind of a channel', () => {
  test.each<[channel: ChannelIdentity, icon: string, name: string]>([
    [{ channelId: 'integration_1', galleryKey: 'whatsapp' }, 'whatsapp', 'whatsapp'],
    [{ channelId: 'integration_1', galleryKey: 'webchat' }, 'webchat', 'webchat'],
    [{ channelId: 'integration_1', galleryKey: 'sms' }, 'sms', 'sms'],
    [{ channelId: 'integration_1', galleryKey: 'msteams' }, 'teams', 'msteams'],
    [{ channelId: 'integration_1', galleryKey: 'Microsoft-Teams' }, 'teams', 'Microsoft-Teams'],
    [{ channelId: 'integration_1', galleryKey: 'instagram' }, 'instagram', 'instagram'],
    [{ channelId: 'integration_1', galleryKey: 'LINE' }, 'line', 'LINE'],
    [{ channelId: 'integration_1', galleryKey: 'facebook-messenger' }, 'messenger', 'facebook-messenger'],
    [{ channelId: 'integration_1', galleryKey: 'phone' }, 'voice', 'phone'],
    [{ channelId: 'integration_1', galleryKey: 'acme-desk' }, 'custom', 'acme-desk'],
    [{ channelId: 'integration_1', galleryKey: 'toString' }, 'custom', 'toString'],
    [{ channelId: 'integration_1' }, 'custom', 'custom'],
    [{ channelId: 'direct' }, 'direct', 'direct'],
    [{ channelId: 'webchat' }, 'webchat', 'webchat'],
    [{ channelId: 'api' }, 'api', 'api'],
    [{ channelId: 'slack' }, 'custom', 'custom'],
    [{ channelId: 'api', galleryKey: 'slack' }, 'slack', 'slack'],
  ])('%j has the icon of %s', (channel, icon, name) => {
    expect(channelKind(channel)).toBe(icon);
    expect(kindNameOf(channel)).toBe(name);
  });

  test('no two kinds have the same icon', () => {
    const paths = Object.values(CHANNEL_ICONS).map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
  });
});

describe('the colours of channels', () => {
  const SLACKS = ['a', 'b', 'c'].map((channelId) => ({ channelId, galleryKey: 'slack' }));
  const EMAIL = { channelId: 'd', galleryKey: 'email' };

  test('differ, also between channels of one kind', () => {
    const colors = channelColors([...SLACKS, EMAIL]);
    expect(new Set(colors.values()).size).toBe(4);
    expect(colors.get('d')).toBe(channelColors([EMAIL]).get('d'));
  });

  test('stay the same whichever channel is first', () => {
    expect(channelColors([EMAIL, ...SLACKS.toReversed()])).toEqual(channelColors([...SLACKS, EMAIL]));
  });

  test('are kept where they are known', () => {
    const known = channelColors([...SLACKS, EMAIL]);
    const colors = channelColors([{ channelId: '0', galleryKey: 'slack' }, ...SLACKS.slice(1)], known);
    expect([colors.get('b'), colors.get('c')]).toEqual([known.get('b'), known.get('c')]);
    expect(new Set(colors.values()).size).toBe(3);
  });

  test('are shared by those for which none is left', () => {
    const many = Array.from({ length: 13 }, (_, index) => ({ channelId: `channel_${index}` }));
    const colors = [...channelColors(many).values()];
    expect(new Set(colors).size).toBe(MOST_COLORED + 1);
    expect(colors.filter((color) => color === OTHER_COLOR)).toHaveLength(13 - MOST_COLORED);
  });
});
