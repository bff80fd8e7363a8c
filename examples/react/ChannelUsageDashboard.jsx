import { Badge, Card, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { fetchChannelStats } from './fetchChannelStats.js';
import './ChannelUsageDashboard.css';

export function ChannelUsageDashboard({ peerId }) {
  const { data, error } = useQuery({
    queryKey: ['channel-stats', peerId],
    queryFn: () => fetchChannelStats(peerId),
  });

  if (error) return <Card role="alert">{error.message}</Card>;

  const totalMessages = data?.total?.messageCount || 0;

  return (
    <Card withBorder>
      <h3>Channel Usage</h3>
      <Badge>{totalMessages} messages</Badge>

      {data?.channels
        .toSorted((a, b) => b.messageCount - a.messageCount)
        .map((channel) => {
          const percentage = ((channel.messageCount / (totalMessages || 1)) * 100).toFixed(1);

          return (
            <div key={channel.channelId}>
              <div className="channel-header">
                <span>{channel.channelName}</span>
                <span>{channel.messageCount}</span>
              </div>
              <Progress value={parseFloat(percentage)} aria-label={channel.channelName} />
              <small>
                {channel.conversationCount} conversations · {percentage}%
              </small>
            </div>
          );
        })}
    </Card>
  );
}
