import type { LookedUpMessage } from '../../../../functions/look-up-messages/looked-up-message.ts';
import { dates, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import type { Style } from '../terminal/style.ts';
import { padEnd, spread, wrap } from '../terminal/text-width.ts';
import { inLines, type Page } from './page.ts';

/** What became of a message, with the ids by which it was asked for. */
type Found = LookedUpMessage & { conversationId: string; messageId: string };
type Status = LookedUpMessage['status'];

const STATUS_WORDS: Readonly<Record<Status, string>> = {
  counted: 'counted',
  pending: 'not yet',
  not_counted: 'not counted',
  quarantined: 'quarantined',
  unknown: 'unknown',
};
const STATUS_WIDTH = Math.max(...Object.values(STATUS_WORDS).map(({ length }) => length));
const STATUS_STYLES: Readonly<Record<Status, keyof Style>> = {
  counted: 'good',
  pending: 'accent',
  not_counted: 'attention',
  quarantined: 'bad',
  unknown: 'bad',
};

/** What became of messages: a line each, and why where it is not counted. */
export function lookupText(messages: readonly Found[], { width, style }: Page): string {
  const indent = ' '.repeat(STATUS_WIDTH + 2);
  const lines = messages.flatMap((message) => {
    const { status, explanation, messageId, conversationId } = message;
    const name = `${safeName(messageId)} of ${safeName(conversationId)}`;
    const told = style[STATUS_STYLES[status]](padEnd(STATUS_WORDS[status], STATUS_WIDTH));
    const place = placeOf(message);
    const room = width - indent.length;
    return [
      `${told}  ${spread(name, '', room).trimEnd()}`,
      ...(place === '' ? [] : wrap(place, room).map((line) => `${indent}${style.quiet(line)}`)),
      ...(explanation === undefined
        ? []
        : wrap(safeName(explanation), room).map((line) => `${indent}${line}`)),
    ];
  });
  const counted = messages.filter(({ status }) => status === 'counted').length;
  const summary = `${formats.count(counted)} of ${formats.count(messages.length)} counted`;
  return inLines([...lines, '', style.strong(summary)]);
}

function placeOf({ channelId, day, startedConversation }: Found): string {
  return [
    ...(channelId === undefined ? [] : [`on ${safeName(channelId)}`]),
    ...(day === undefined ? [] : [dates.day(day)]),
    ...(startedConversation === true ? ['started its conversation'] : []),
  ].join(', ');
}
