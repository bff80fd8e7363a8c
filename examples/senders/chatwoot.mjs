// Chatwoot: the event message_created of an account's webhooks, or of an agent bot.
import { hmac, isFresh, isSame, REFUSED, receiver, WRONG_METHOD } from './receiver.mjs';

/** Whose words a message is. What else there is tells of something, such as who was assigned. */
const ROLES = { incoming: 'user', outgoing: 'assistant', template: 'assistant' };
/** The kinds of inboxes, by the names that the service has icons for. */
const GALLERY_KEYS = {
  'Channel::Api': 'api',
  'Channel::Email': 'email',
  'Channel::FacebookPage': 'messenger',
  'Channel::Instagram': 'instagram',
  'Channel::Line': 'line',
  'Channel::Sms': 'sms',
  'Channel::Telegram': 'telegram',
  'Channel::TwilioSms': 'sms',
  'Channel::WebWidget': 'webchat',
  'Channel::Whatsapp': 'whatsapp',
};

export const handler = receiver(import.meta.url, ['CHATWOOT_WEBHOOK_SECRET'], (request, env) => {
  if (request.method !== 'POST') return WRONG_METHOD;
  if (!isSigned(request, env.CHATWOOT_WEBHOOK_SECRET)) return REFUSED;
  const sent = JSON.parse(request.body);
  return sent.event === 'message_created' ? { messages: messagesOf(sent) } : {};
});

function isSigned({ headers, body }, secret) {
  const seconds = headers['x-chatwoot-timestamp'];
  const signature = `sha256=${hmac(secret, [`${seconds}.`, body])}`;
  return isFresh(seconds) && isSame(headers['x-chatwoot-signature'], signature);
}

/**
 * As the import of messages from Chatwoot's API has them: there, the kind of a message is a number and its time counts
 * seconds; in a webhook they are a word and an instant.
 */
export function messagesOf({ id, message_type, private: isNote, created_at, account, inbox, conversation }) {
  const role = ROLES[message_type];
  if (role === undefined || isNote) return [];
  const galleryKey = GALLERY_KEYS[conversation.channel];
  return [
    {
      messageId: String(id),
      // The number that the interface shows, which is one within its account.
      conversationId: `${account.id}:${conversation.id}`,
      channelId: `chatwoot-inbox-${inbox.id}`,
      ...(galleryKey !== undefined && { galleryKey }),
      role,
      sentAt: instantOf(created_at),
    },
  ];
}

/** An instant as Rails writes it: "2026-11-22T09:58:01.420Z", formerly "2026-11-22 09:58:01 UTC". */
function instantOf(createdAt) {
  return new Date(String(createdAt).replace(/^(\S+) (\S+) UTC$/, '$1T$2Z')).toISOString();
}
