import { plainName } from '../shared/domain/display-names.ts';
import type { Figure } from '../shared/domain/findings/finding.ts';
import { figuresOf, sentenceOf } from '../shared/domain/findings/findings.ts';
import { inEnglish } from '../shared/domain/findings/sentence.ts';
import { isolated } from '../shared/domain/name-in-text.ts';
import type { NotificationPayload } from '../shared/domain/notification.ts';
import { reportText } from '../shared/domain/report-text.ts';

/** A notification in words and figures for people, whatever they are put into. Nothing in it is escaped. */
export interface NotificationText {
  /** What it is, in a line. It holds no name: all of it is ASCII. */
  title: string;
  /** The peer that it is about; nothing where it is about none. */
  peerId?: string;
  sentences: string[];
  /** Facts by what they are called, in order. What they are called is ours; the facts may be names. */
  facts: [label: string, fact: string][];
  /** Of several channels, one line each. */
  channels: string[];
  /** Where people see more. */
  url?: string;
}

type FindingPayload = Extract<NotificationPayload, { data: { findingId: string } }>;
type ReportPayload = Extract<NotificationPayload, { type: 'report.monthly' }>;

/** Writes a notification for people. The same payload always reads the same. */
export function notificationText(payload: NotificationPayload): NotificationText {
  switch (payload.type) {
    case 'test':
      return { title: 'A test', sentences: [payload.data.message], facts: [], channels: [] };
    case 'report.monthly':
      return textOfReport(payload);
    default:
      return textOfFinding(payload);
  }
}

function textOfFinding({ type, data }: FindingPayload): NotificationText {
  const { peerId, channelId, channelName, finding, code, severity, since, day, url } = data;
  const what = code.replaceAll('_', ' ');
  const sentences =
    finding === undefined ? [] : [inEnglish(sentenceOf(finding), isolated(channelName ?? channelId ?? ''))];
  const facts: NotificationText['facts'] = [['Peer', isolated(peerId)]];
  if (channelId !== undefined) facts.push(['Channel', channelInWords(channelId, channelName)]);
  if (finding !== undefined) facts.push(...figuresOf(finding).map(factOf));
  const about = { peerId, channels: [], url };
  switch (type) {
    case 'finding.begun':
      return { ...about, title: `${IN_WORDS[severity]}: ${what}`, sentences, facts };
    case 'finding.changed':
      return {
        ...about,
        title: `Now ${severity === 'warning' ? 'a warning' : 'good to know'}: ${what}`,
        sentences,
        facts: [...facts, ['Found since', since]],
      };
    case 'finding.ended':
      return {
        ...about,
        title: `Over: ${what}`,
        sentences: [`This was found from ${since} on, and is not found any more on ${day}.`, ...sentences],
        facts,
      };
  }
}

const IN_WORDS = { warning: 'Warning', info: 'Good to know' } as const;

function channelInWords(channelId: string, channelName: string | undefined): string {
  if (channelName === undefined || channelName === channelId) return isolated(channelId);
  return plainName({ name: channelName, channelId });
}

function factOf(figure: Figure): [string, string] {
  const label = figure.labelDay === undefined ? figure.label : `${figure.label} ${figure.labelDay}`;
  return [label, factInWords(figure)];
}

function factInWords(figure: Figure): string {
  switch (figure.kind) {
    case 'above percent':
      return `above ${figure.value}%`;
    case 'below percent':
      return `below ${figure.value}%`;
    case 'never':
      return 'never';
    case 'instant':
      return figure.value;
    case 'range':
      return `${figure.value.from} to ${figure.value.to}`;
    default:
      return inEnglish([figure], '');
  }
}

function textOfReport({ data }: ReportPayload): NotificationText {
  const { title, peer, overview, columns, channels } = reportText(data.report);
  const [, ...labels] = columns;
  const lines = channels.map(({ name, figures }) => {
    const told = labels.map((label, index) => `${label} ${figures[index]}`);
    return `${plainName(name)}: ${told.join(', ')}`;
  });
  const more = data.furtherChannels;
  return {
    title,
    peerId: data.peerId,
    sentences: [],
    facts: [['Peer', isolated(peer)], ...overview],
    channels: more === 0 ? lines : [...lines, `and ${more} more ${more === 1 ? 'channel' : 'channels'}`],
    url: data.url,
  };
}
