import { Badge, Button } from '@mantine/core';
import { useMemo } from 'react';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { displayNames } from '../../../../functions/shared/domain/display-names.ts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import { FURTHER_METRICS, MESSAGES } from '../../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { OTHER_COLOR } from '../../../shared/channel-colors.ts';
import { useIsLoading } from '../../api/sample.ts';
import { CardSection } from '../../components/card-section.tsx';
import { useFirstRows } from '../../components/first-rows.tsx';
import { WhereMessagesAre } from '../../components/where-messages-are.tsx';
import { useEnvironment } from '../../environment.ts';
import { COUNTED_ON } from '../../metric-words.ts';
import { Change } from '../growth/change.tsx';
import { NO_FIGURES_BEFORE } from '../growth/describe-change.ts';
import { ChannelRow } from './channel-row.tsx';
import './channel-usage-card.css';
import { download } from './download.ts';
import { separatorFor, usageCsv, usageFileName } from './usage-csv.ts';

export interface ChannelUsageCardProps {
  peerId: string;
  /** The figures of what is shown: all channels, or the one that the page is narrowed to. */
  stats: ChannelStats;
  /** All channels that are listed: among them, each has its name. */
  all: ChannelStats['channels'];
  channelId: string | undefined;
  /** The days that the figures are of; nothing for all time. */
  days: DayRange | undefined;
  today: UtcDay;
  colors: ReadonlyMap<string, string>;
  /** The messages of each channel in each day, week or month of the range; nothing where none was chosen. */
  daily: ReadonlyMap<string, readonly number[]> | undefined;
  /** Whether the figures are those of other days, until the right ones are there. */
  isStale: boolean;
  /** Called with a channel that was chosen: the page is to be narrowed to it or, where it is, to be so no more. */
  onChannel: (channelId: string) => void;
  /** Nothing where disabled channels are shown. */
  onShowDisabled: ((shows: boolean) => void) | undefined;
}

/** How much a peer's channels were used: a row for each, those with the most messages first. */
export function ChannelUsageCard(props: ChannelUsageCardProps) {
  const { peerId, stats, all, channelId, days, today, colors, daily, isStale, onChannel } = props;
  const { formats } = useEnvironment();
  const { channels, total } = stats;
  const { shown, more } = useFirstRows(channels, 20);
  const names = useMemo(() => displayNames(all), [all]);
  return (
    <CardSection
      title="Channel Usage"
      isBusy={isStale}
      aside={<Headline total={total} />}
      controls={
        channels.length > 0 && (
          <Button
            variant="default"
            size="xs"
            disabled={isStale}
            onClick={() => {
              const text = usageCsv(channels, {
                days,
                previousRange: stats.previousRange,
                today,
                separator: separatorFor(formats),
              });
              download(usageFileName(peerId, days, channelId), text, 'text/csv');
            }}
          >
            Download CSV
          </Button>
        )
      }
    >
      {channels.length === 0 ? (
        <NoMessagesYet peerId={peerId} />
      ) : (
        <>
          <ul className="channel-rows">
            {shown.map((channel) => (
              <ChannelRow
                key={channel.channelId}
                {...channel}
                color={colors.get(channel.channelId) ?? OTHER_COLOR}
                displayName={names.get(channel.channelId) ?? { name: channel.channelName }}
                daily={daily?.get(channel.channelId)}
                isAlone={channelId !== undefined}
                onChannel={onChannel}
              />
            ))}
          </ul>
          {more}
          <CardNote {...props} />
          {total.messageCount === 0 && (
            <p className="card-note">
              <WhereMessagesAre />
            </p>
          )}
        </>
      )}
    </CardSection>
  );
}

/** All messages, and what became of them since the days before. */
function Headline({ total }: Pick<ChannelStats, 'total'>) {
  const { formats } = useEnvironment();
  return (
    <>
      <Badge size="lg" className="badge" data-testid="total-messages">
        {formats.counted(total.messageCount, MESSAGES)}
      </Badge>
      {total.previous !== undefined && (
        <span data-testid="total-change">
          <Change comparison={total.previous.messages} noHistory={NO_FIGURES_BEFORE} />
        </span>
      )}
    </>
  );
}

/** What the figures are, and what is left out of them. */
function CardNote({ stats, days, channelId, onShowDisabled }: ChannelUsageCardProps) {
  const { formats, dates } = useEnvironment();
  const { total, previousRange, complete } = stats;
  return (
    <p className="card-note">
      {total.messageCount === 0 && days !== undefined && 'No messages in these days. '}
      {FURTHER_METRICS.map((metric) => {
        const figure = `${formats.counted(total[metric.field], metric)} in all`;
        return days === undefined ? figure : `${figure}, counted on ${COUNTED_ON[metric.name]}`;
      }).join('; ')}
      .
      {previousRange !== undefined &&
        ` Compared with ${dates.range(previousRange)}${complete === false ? '; these days are not over yet' : ''}.`}
      {channelId !== undefined && ' The share is that of all channels.'}
      {onShowDisabled !== undefined && (
        <>
          {' '}
          Disabled channels are left out.{' '}
          <button type="button" className="text-button" onClick={() => onShowDisabled(true)}>
            Show them
          </button>
        </>
      )}
    </p>
  );
}

function NoMessagesYet({ peerId }: { peerId: string }) {
  if (useIsLoading(peerId)) {
    return <div className="empty">None of this peer's messages in the sample is counted yet.</div>;
  }
  return (
    <div className="empty">
      <p className="empty-title">No messages yet</p>
      <p>
        This peer has no channels. They appear here by themselves, with the first message that is recorded;
        only those that people write count. The <a href="docs">API reference</a> shows how to record one.
      </p>
      <p>
        <WhereMessagesAre />
      </p>
    </div>
  );
}
