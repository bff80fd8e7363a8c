// Telegram, Bot API: what people write to a bot, or in the groups that it reads.
import { isSame, REFUSED, receiver, WRONG_METHOD } from './receiver.mjs';

/** What a message has one of that somebody sent. All others tell of something: who joined, what was pinned. */
const CONTENTS = [
  ...['text', 'photo', 'voice', 'audio', 'video', 'video_note', 'document', 'sticker', 'animation', 'story'],
  ...['contact', 'location', 'venue', 'poll', 'dice', 'game', 'checklist', 'paid_media'],
];
/** The ids of supergroups are written below this one, in the Bot API alone. */
const SUPERGROUPS_BELOW = -1_000_000_000_000;

export const handler = receiver(import.meta.url, ['TELEGRAM_SECRET_TOKEN'], (request, env) => {
  if (request.method !== 'POST') return WRONG_METHOD;
  // Telegram signs nothing: it sends the token that it was given with the address.
  const token = request.headers['x-telegram-bot-api-secret-token'];
  if (!isSame(token, env.TELEGRAM_SECRET_TOKEN)) return REFUSED;
  return { messages: messagesOf(JSON.parse(request.body), env) };
});

/** An edited message keeps its id and its date: it is the same message. */
export function messagesOf({ message, edited_message }, { CHANNEL_ID = 'telegram' }) {
  const sent = message ?? edited_message;
  // In the name of a group or a channel nobody speaks whom a bot could know.
  const isSaid = sent?.from !== undefined && sent.sender_chat === undefined;
  if (!isSaid || !CONTENTS.some((name) => name in sent)) return [];
  return [
    {
      messageId: String(sent.message_id),
      conversationId: chatOf(sent.chat),
      channelId: CHANNEL_ID,
      galleryKey: 'telegram',
      role: sent.from.is_bot ? 'assistant' : 'user',
      sentAt: new Date(sent.date * 1_000).toISOString(),
    },
  ];
}

/** The id of a chat as exports write it, which have no signs. */
function chatOf({ id }) {
  return String(id < SUPERGROUPS_BELOW ? SUPERGROUPS_BELOW - id : Math.abs(id));
}
