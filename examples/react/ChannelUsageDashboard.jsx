import { Badge, Card, Group, Progress, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { channelColors, inkOn } from '../../dashboard/shared/channel-colors.ts';
import { CHANNEL_ICONS, channelKind } from '../../dashboard/shared/channel-icons.ts';
import { fetchChannelStats } from './fetchChannelStats.js';
import './ChannelUsageDashboard.css';

// As the language of the page has them: 12,450 and 66.2%.
const locale = document.documentElement.lang;
const count = new Intl.NumberFormat(locale);
const share = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1 });

export function ChannelUsageDashboard({ peerId }) {
  const { data, error } = useQuery({
    queryKey: ['channel-stats', peerId],
    queryFn: () => fetchChannelStats(peerId),
  });

  if (error) return <Card role="alert">{error.message}</Card>;

  const totalMessages = data?.total?.messageCount || 0;
  const colors = channelColors(data?.channels ?? []);

  return (
    <Card withBorder radius="lg" padding="lg">
      <Group justify="space-between">
        <Title order={3}>Channel Usage</Title>
        <Badge size="lg" variant="light" tt="none">
          {count.format(totalMessages)} messages
        </Badge>
      </Group>

      {data?.channels
        .toSorted((a, b) => b.messageCount - a.messageCount)
        .map((channel) => {
          const part = channel.messageCount / (totalMessages || 1);
          const color = colors.get(channel.channelId);

          return (
            <div key={channel.channelId} className="channel-card">
              <ChannelMark channel={channel} color={color} />
              <div>
                <Group justify="space-between">
                  <Text component="bdi" fw={600}>
                    {channel.channelName}
                  </Text>
                  <Text component="span" fw={600}>
                    {count.format(channel.messageCount)}
                  </Text>
                </Group>
                <Progress
                  value={part * 100}
                  color={color}
                  radius="xl"
                  my={6}
                  aria-label={channel.channelName}
                />
                <Text size="sm">
                  {count.format(channel.conversationCount)} conversations · {share.format(part)}
                </Text>
              </div>
            </div>
          );
        })}
    </Card>
  );
}

/** The icon of a channel's kind, on its colour. The name beside it says what it is. */
function ChannelMark({ channel, color }) {
  const { viewBox, path } = CHANNEL_ICONS[channelKind(channel)];
  return (
    <span className="channel-mark" style={{ background: color, color: inkOn(color) }}>
      <svg viewBox={viewBox} aria-hidden="true">
        <path d={path} />
      </svg>
    </span>
  );
}
