// Slack, Events API: what people write to an app, or in the channels that it is in.
import { hmac, isFresh, isSame, REFUSED, receiver, WRONG_METHOD } from './receiver.mjs';

/** The kinds of messages that are somebody's words. All others tell of something: a join, an edit, a deletion. */
const SAID = new Set([undefined, 'me_message', 'file_share', 'thread_broadcast']);
/** Slack itself. Its record does not say that it is a bot. */
const SLACKBOT = 'USLACKBOT';

export const handler = receiver(import.meta.url, ['SLACK_SIGNING_SECRET'], (request, env) => {
  if (request.method !== 'POST') return WRONG_METHOD;
  if (!isSigned(request, env.SLACK_SIGNING_SECRET)) return REFUSED;
  const sent = JSON.parse(request.body);
  if (sent.type === 'url_verification') return { text: String(sent.challenge) };
  return sent.type === 'event_callback' ? { messages: messagesOf(sent.event, env) } : {};
});

/** A retry (X-Slack-Retry-Num) is signed anew, and is treated like any other: its message has the same id. */
function isSigned({ headers, body }, secret) {
  const seconds = headers['x-slack-request-timestamp'];
  const signature = `v0=${hmac(secret, [`v0:${seconds}:`, body])}`;
  return isFresh(seconds) && isSame(headers['x-slack-signature'], signature);
}

/** An app that is told of mentions as well gets the same message twice, with the same id. */
export function messagesOf(event, { CHANNEL_ID = 'slack' }) {
  const { type, subtype, user, bot_id, ts } = event;
  const isMessage = (type === 'message' || type === 'app_mention') && SAID.has(subtype);
  if (!isMessage || user === undefined || user === SLACKBOT) return [];
  return [
    {
      messageId: ts,
      conversationId: conversationOf(event),
      channelId: CHANNEL_ID,
      galleryKey: 'slack',
      role: bot_id === undefined ? 'user' : 'assistant',
      sentAt: instantOf(ts),
    },
  ];
}

/** As the import of an export has it: a thread, or what may become one; all of a direct message without threads. */
function conversationOf({ channel, channel_type, thread_ts, ts }) {
  if (thread_ts === undefined && channel_type === 'im') return channel;
  return `${channel}:${thread_ts ?? ts}`;
}

/** "1792425271.002943": seconds, and millionths of one. */
function instantOf(ts) {
  const [seconds, fraction = ''] = ts.split('.');
  return new Date(Number(seconds) * 1_000 + Number(fraction.slice(0, 3))).toISOString();
}
