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
import { ChannelRow } from './channel-row.tsx';
import './channel-usage-card.css';
import { download } from './download.ts';
import { separatorFor, usageCsv, usageFileName } from './usage-csv.ts';

export interface ChannelUsageCardProps {
  peerId: string;
  stats: ChannelStats;
  /** The days that the figures are of; nothing for all time. */
  days: DayRange | undefined;
  today: UtcDay;
  colors: ReadonlyMap<string, string>;
  /** Whether the figures are those of other days, until the right ones are there. */
  isStale: boolean;
}

/** How much a peer's channels were used: a row for each, those with the most messages first. */
export function ChannelUsageCard({ peerId, stats, days, today, colors, isStale }: ChannelUsageCardProps) {
  const { formats } = useEnvironment();
  const { channels, total } = stats;
  const { shown, more } = useFirstRows(channels, 20);
  const names = useMemo(() => displayNames(channels), [channels]);
  return (
    <CardSection
      title="Channel Usage"
      isBusy={isStale}
      aside={
        <Badge size="lg" className="badge" data-testid="total-messages">
          {formats.counted(total.messageCount, MESSAGES)}
        </Badge>
      }
      controls={
        channels.length > 0 && (
          <Button
            variant="default"
            size="xs"
            disabled={isStale}
            onClick={() => {
              const text = usageCsv(channels, { days, today, separator: separatorFor(formats) });
              download(usageFileName(peerId, days), text, 'text/csv');
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
              />
            ))}
          </ul>
          {more}
          <p className="card-note">
            {total.messageCount === 0 && days !== undefined && 'No messages in these days. '}
            {FURTHER_METRICS.map((metric) => {
              const figure = `${formats.counted(total[metric.field], metric)} in all`;
              return days === undefined ? figure : `${figure}, counted on ${COUNTED_ON[metric.name]}`;
            }).join('; ')}
            .
          </p>
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
