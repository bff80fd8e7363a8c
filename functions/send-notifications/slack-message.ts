import { inBatches } from '../shared/domain/in-batches.ts';
import type { NotificationText } from './notification-text.ts';

/** A text in a message of Slack. Whatever came from outside is `plain_text`, in which Slack formats and links nothing. */
type SlackText =
  | { type: 'plain_text'; text: string; emoji: false }
  | { type: 'mrkdwn'; text: string; verbatim: true };

type SlackBlock =
  | { type: 'header'; text: SlackText }
  | { type: 'section'; text: SlackText }
  | { type: 'section'; fields: SlackText[] };

/** What an incoming webhook of Slack takes. */
export interface SlackMessage {
  /** What is shown where blocks are not, such as in a notice. */
  text: string;
  mrkdwn: false;
  unfurl_links: false;
  unfurl_media: false;
  blocks: SlackBlock[];
}

// Slack's limits, in characters as they are sent, and in numbers.
const LONGEST_TEXT = 3_000;
const LONGEST_HEADER = 150;
const LONGEST_FIELD = 2_000;
const MOST_FIELDS = 10;
/** A message may have 50 blocks, and has some others. */
const MOST_CHANNEL_SECTIONS = 40;
/** A line tells a name and some figures. */
const LONGEST_LINE = 500;

/** A notification as a message of Slack. Nothing that came from outside can mention anybody, link or format anything. */
export function slackMessage({
  title,
  peerId,
  sentences,
  facts,
  channels,
  url,
}: NotificationText): SlackMessage {
  const fields = facts.map(([label, fact]) => outside(`${label}\n${fact}`, LONGEST_FIELD));
  const summary = [peerId === undefined ? title : `${title} (${peerId})`, ...sentences].join('\n');
  return {
    text: escaped(summary, LONGEST_TEXT),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: outside(title, LONGEST_HEADER) },
      ...sentences.map(
        (sentence): SlackBlock => ({ type: 'section', text: outside(sentence, LONGEST_TEXT) }),
      ),
      ...inBatches(fields, MOST_FIELDS).map((some): SlackBlock => ({ type: 'section', fields: some })),
      ...inSections(channels).map((text): SlackBlock => ({ type: 'section', text: asItIs(text) })),
      ...(url === undefined ? [] : [linkTo(url)]),
    ],
  };
}

/** Lines in as few texts as Slack's limit allows, each line whole. */
function inSections(lines: readonly string[]): string[] {
  const sections: string[] = [];
  for (const line of lines) {
    const last = sections.at(-1);
    const next = escaped(line, LONGEST_LINE);
    const joined = `${last}\n${next}`;
    if (last === undefined || joined.length > LONGEST_TEXT) sections.push(next);
    else sections[sections.length - 1] = joined;
  }
  return sections.slice(0, MOST_CHANNEL_SECTIONS);
}

function outside(text: string, longest: number): SlackText {
  return asItIs(escaped(text, longest));
}

function asItIs(text: string): SlackText {
  return { type: 'plain_text', text, emoji: false };
}

function linkTo(url: string): SlackBlock {
  // A vertical bar would end the address, and no address needs it as it is.
  const address = inEntities(url.replaceAll('|', '%7C')).join('');
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: `<${address}|Open the dashboard>`, verbatim: true },
  };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const ELLIPSIS = '…';

/**
 * A text with the characters replaced by which Slack knows links and mentions, and cut where it is too long. An address
 * in it is taken apart by a character that is not seen, so that no program makes a link of it.
 */
function escaped(text: string, longest: number): string {
  const parts = inEntities(text.replaceAll('://', ':\u200b//'));
  const whole = parts.join('');
  if (whole.length <= longest) return whole;
  let cut = '';
  for (const part of parts) {
    if (cut.length + part.length > longest - ELLIPSIS.length) break;
    cut += part;
  }
  return `${cut}${ELLIPSIS}`;
}

function inEntities(text: string): string[] {
  return [...text].map((character) => ENTITIES[character] ?? character);
}
