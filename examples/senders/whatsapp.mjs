// WhatsApp Business Platform, Cloud API: what people write to a business number.
import { hmac, isSame, REFUSED, receiver, WRONG_METHOD } from './receiver.mjs';

/**
 * The types of what somebody sends. Others are no message of their own, or may not be: `reaction`, `system`, `edit`,
 * `revoke`, and `unsupported`, which an edit may come as.
 */
const SAID = new Set([
  ...['text', 'image', 'audio', 'video', 'document', 'sticker'],
  ...['location', 'contacts', 'interactive', 'button', 'order'],
]);

const NEEDED = ['WHATSAPP_APP_SECRET', 'WHATSAPP_VERIFY_TOKEN'];

export const handler = receiver(import.meta.url, NEEDED, (request, env) => {
  if (request.method === 'GET') return verification(request, env.WHATSAPP_VERIFY_TOKEN);
  if (request.method !== 'POST') return WRONG_METHOD;
  // There is no time in it: the same request sent again is known by the ids of its messages.
  const signature = `sha256=${hmac(env.WHATSAPP_APP_SECRET, [request.body])}`;
  if (!isSame(request.headers['x-hub-signature-256'], signature)) return REFUSED;
  return { messages: messagesOf(JSON.parse(request.body), env) };
});

/** Meta asks once, when the address is set up, whether it is the owner's. */
function verification({ query }, token) {
  const isOurs = query.get('hub.mode') === 'subscribe' && isSame(query.get('hub.verify_token') ?? '', token);
  return isOurs ? { text: query.get('hub.challenge') ?? '' } : { status: 403 };
}

/** One request may hold messages of several numbers. Statuses (sent, delivered, read) are no messages. */
export function messagesOf({ entry = [] }, { CHANNEL_ID }) {
  const changes = entry.flatMap((each) => each.changes).filter(({ field }) => field === 'messages');
  return changes.flatMap(({ value: { messages = [], metadata } }) =>
    messages
      .filter(({ type }) => SAID.has(type))
      .map(({ id, from, timestamp }) => ({
        messageId: id,
        conversationId: from,
        channelId: CHANNEL_ID ?? `whatsapp-${metadata.phone_number_id}`,
        galleryKey: 'whatsapp',
        role: 'user',
        sentAt: new Date(Number(timestamp) * 1_000).toISOString(),
      })),
  );
}
