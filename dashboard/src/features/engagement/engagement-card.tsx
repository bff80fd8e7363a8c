import { Progress } from '@mantine/core';
import { memo, useMemo } from 'react';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { displayNames } from '../../../../functions/shared/domain/display-names.ts';
import {
  engagementOf,
  HIGH_ENGAGEMENT,
  messagesPerConversation,
} from '../../../../functions/shared/domain/report.ts';
import { OTHER_COLOR } from '../../../shared/channel-colors.ts';
import { CardSection } from '../../components/card-section.tsx';
import { useFirstRows } from '../../components/first-rows.tsx';
import { ChannelName } from '../../components/name.tsx';
import { useEnvironment } from '../../environment.ts';
import './engagement-card.css';

export interface EngagementCardProps {
  channels: ChannelStats['channels'];
  colors: ReadonlyMap<string, string>;
  isStale: boolean;
}

/** How much is written in a conversation on each channel. */
export const EngagementCard = memo(function EngagementCard({
  channels,
  colors,
  isStale,
}: EngagementCardProps) {
  const { formats } = useEnvironment();
  const rows = useMemo(() => {
    const names = displayNames(channels);
    return channels.map((channel) => ({
      channelId: channel.channelId,
      name: names.get(channel.channelId) ?? { name: channel.channelName },
      ratio: messagesPerConversation(channel),
      engagement: engagementOf(channel),
    }));
  }, [channels]);
  const highest = Math.max(...rows.map(({ ratio }) => ratio ?? 0));
  const { shown, more } = useFirstRows(rows, 10);
  return (
    <CardSection title="Messages per conversation" isBusy={isStale}>
      <ul className="engagement">
        {shown.map(({ channelId, name, ratio, engagement }) => (
          <li key={channelId}>
            <ChannelName className="two-lines" of={name} />
            <span className="engagement-ratio">{ratio === null ? '–' : formats.ratio(ratio)}</span>
            <span className="engagement-level" data-level={ratio === null ? undefined : engagement}>
              {ratio !== null && engagement}
            </span>
            <div className="engagement-bar" aria-hidden="true">
              <Progress
                value={highest === 0 ? 0 : ((ratio ?? 0) / highest) * 100}
                color={colors.get(channelId) ?? OTHER_COLOR}
                size={5}
                radius="xl"
              />
            </div>
          </li>
        ))}
      </ul>
      {more}
      <p className="card-note">Engagement is high above {HIGH_ENGAGEMENT} messages per conversation.</p>
    </CardSection>
  );
});
