// Twilio: text messages and WhatsApp messages that come in at a number or a sender.
import { hmac, isSame, REFUSED, receiver, WRONG_METHOD } from './receiver.mjs';

/** What Twilio takes for an answer: it sends nothing back. */
const NO_REPLY = { type: 'text/xml', text: '<Response></Response>' };

const NEEDED = ['TWILIO_AUTH_TOKEN', 'TWILIO_WEBHOOK_URL'];

export const handler = receiver(import.meta.url, NEEDED, (request, env) => {
  if (request.method !== 'POST') return WRONG_METHOD;
  const parameters = new URLSearchParams(request.body.toString());
  if (!isSigned(request, parameters, env)) return REFUSED;
  return { ...NO_REPLY, messages: messagesOf(parameters, env) };
});

/** The address as Twilio knows it, and behind it each parameter with its values, in the order of the names. */
function isSigned({ headers }, parameters, { TWILIO_AUTH_TOKEN, TWILIO_WEBHOOK_URL }) {
  const names = [...new Set(parameters.keys())].sort();
  const words = names.flatMap((name) =>
    [...new Set(parameters.getAll(name))].sort().map((value) => name + value),
  );
  const how = { algorithm: 'sha1', encoding: 'base64' };
  return isSame(headers['x-twilio-signature'], hmac(TWILIO_AUTH_TOKEN, [TWILIO_WEBHOOK_URL, ...words], how));
}

/**
 * Statuses of messages that were sent are no messages that came in. Twilio does not say when one came in: without
 * `sentAt` it counts for when it was first recorded, as long as the service stores it.
 */
export function messagesOf(parameters, { CHANNEL_ID }) {
  const messageId = parameters.get('MessageSid');
  if (parameters.get('SmsStatus') !== 'received' || messageId === null) return [];
  const [from, to] = [parameters.get('From'), parameters.get('To')];
  const kind = from.startsWith('whatsapp:') ? 'whatsapp' : 'sms';
  return [
    {
      messageId,
      conversationId: `${from} ${to}`,
      channelId: CHANNEL_ID ?? `twilio-${kind}`,
      galleryKey: kind,
      role: 'user',
    },
  ];
}
