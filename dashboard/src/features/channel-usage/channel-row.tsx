import { Progress } from '@mantine/core';
import { memo } from 'react';
import type { ChannelStatsEntry } from '../../../../functions/shared/domain/channel-stats.ts';
import { type DisplayName, plainName } from '../../../../functions/shared/domain/display-names.ts';
import { FURTHER_METRICS } from '../../../../functions/shared/domain/metrics.ts';
import { ChannelMark } from '../../components/channel-mark.tsx';
import { Name } from '../../components/name.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { useEnvironment } from '../../environment.ts';
import { Change } from '../growth/change.tsx';
import { NO_FIGURES_BEFORE } from '../growth/describe-change.ts';

export interface ChannelRowProps extends ChannelStatsEntry {
  color: string;
  displayName: DisplayName;
  /** Its messages in each day, week or month of the range; nothing where none was chosen. */
  daily: readonly number[] | undefined;
  /** Whether the page is narrowed to it. */
  isAlone: boolean;
  onChannel: (channelId: string) => void;
}

/** One channel: drawn again only when something about it has changed. */
export const ChannelRow = memo(function ChannelRow(props: ChannelRowProps) {
  const { channelName, channelId, messageCount, percentage = 0, color, displayName, status } = props;
  const { isAlone, previous, daily, onChannel } = props;
  const { formats } = useEnvironment();
  const isUnused = messageCount === 0;
  const isHidden = status !== undefined && status !== 'enabled';
  return (
    <li
      className="channel-row"
      data-unused={isUnused || undefined}
      data-hidden={isHidden || undefined}
      data-alone={isAlone || undefined}
    >
      <ChannelMark channel={props} color={color} />
      <div className="channel-row-name" title={plainName({ name: channelName, channelId })}>
        <button
          type="button"
          className="channel-row-button"
          aria-pressed={isAlone}
          onClick={() => onChannel(channelId)}
        >
          <Name className="two-lines" of={displayName.name} />
        </button>
        {isHidden && <span className="channel-row-status">{status}</span>}
        {displayName.channelId !== undefined && (
          <Name className="channel-row-id" of={displayName.channelId} />
        )}
      </div>
      <div className="channel-row-figures">
        {isUnused ? (
          'no messages'
        ) : (
          <>
            <strong>{formats.count(messageCount)}</strong> ({formats.share(percentage)})
          </>
        )}
      </div>
      <Progress
        className="channel-row-bar"
        value={percentage}
        color={color}
        size={8}
        radius="xl"
        aria-label={`${plainName(displayName)}: share of messages`}
      />
      <div className="channel-row-further">
        {FURTHER_METRICS.map((metric) => formats.counted(props[metric.field], metric)).join(' · ')}
      </div>
      {previous !== undefined && (
        <div className="channel-row-trend">
          {daily !== undefined && daily.length > 1 && <Sparkline values={daily} />}
          <Change comparison={previous.messages} noHistory={NO_FIGURES_BEFORE} />
        </div>
      )}
    </li>
  );
});
