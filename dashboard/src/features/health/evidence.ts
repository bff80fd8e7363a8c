import type { HealthAnswer } from '../../../../functions/usage-api/contract.ts';
import type { Formats } from '../../../shared/formats.ts';
import type { DateFormats } from '../../date-formats.ts';

export type Finding = HealthAnswer['findings'][number];

/** A number that a finding was judged on. */
export interface Evidence {
  label: string;
  value: string;
}

/** The numbers that a finding was judged on, to be read. */
export function evidenceOf(finding: Finding, formats: Formats, dates: DateFormats): Evidence[] {
  const { count, share } = formats;
  const days = (figure: number) => `${count(figure)} ${figure === 1 ? 'day' : 'days'}`;
  switch (finding.code) {
    case 'inactive_channel': {
      const { evidence } = finding;
      return [
        {
          label: 'Last message',
          value: evidence.lastMessageDay === null ? 'never' : dates.day(evidence.lastMessageDay),
        },
        { label: 'Registered', value: dates.day(evidence.registeredDay) },
        { label: 'Without a message for', value: days(evidence.days) },
        { label: 'Inactive from', value: days(evidence.thresholdDays) },
        { label: 'Judged on', value: dates.range(evidence) },
      ];
    }
    case 'dominant_channel':
    case 'high_traffic': {
      const { evidence } = finding;
      return [
        { label: 'Share', value: share(evidence.percentage) },
        { label: 'Threshold', value: `above ${share(evidence.thresholdPercent)}` },
        { label: 'Messages', value: count(evidence.messageCount) },
        { label: 'Messages of all channels', value: count(evidence.totalMessageCount) },
        { label: 'Channels', value: count(evidence.channelCount) },
        { label: 'Judged on', value: dates.range(evidence) },
      ];
    }
    case 'traffic_drop':
    case 'traffic_spike': {
      const { evidence } = finding;
      return [
        { label: `Messages on ${dates.day(evidence.day)}`, value: count(evidence.messageCount) },
        { label: 'Median of the same weekday', value: count(evidence.median) },
        { label: 'In percent of the median', value: share(evidence.percentOfMedian) },
        {
          label: 'Threshold',
          value: `${finding.code === 'traffic_drop' ? 'below' : 'above'} ${share(evidence.thresholdPercent)}`,
        },
        { label: 'Least median that is judged', value: count(evidence.leastMedian) },
        ...evidence.baseline.map(({ day, messageCount }) => ({
          label: `Messages on ${dates.day(day)}`,
          value: count(messageCount),
        })),
      ];
    }
    case 'new_channel': {
      const { evidence } = finding;
      return [
        { label: 'First message', value: dates.day(evidence.firstMessageDay) },
        { label: 'Messages', value: count(evidence.messageCount) },
        { label: 'New for', value: days(evidence.thresholdDays) },
        { label: 'Judged on', value: dates.range(evidence) },
      ];
    }
  }
}
