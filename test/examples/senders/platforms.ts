import { createHmac } from 'node:crypto';

// What platforms send, as their documentation shows it, for the same story: two people talk to the bot in two
// conversations, three messages of which one is edited later; and much else happens that is no message of theirs.

/** What people write, and what they are called: neither may be found anywhere behind a sender. */
export const WRITTEN = 'Where is parcel zebra-4711?';
export const EDITED = 'Where is parcel zebra-4712, please?';
export const CALLED = 'Maya Zebrafinch';

/** A request of a platform. */
export interface Delivery {
  headers: Record<string, string>;
  body: string;
}

/** A platform, and what it sends. */
export interface Platform {
  name: string;
  environment: Record<string, string>;
  /** The body that has a payload. */
  encoded(payload: object): string;
  /** The headers of a body, with its signature: of a time in seconds, where the platform signs one. */
  headers(body: string, at: number): Record<string, string>;
  /** The headers that hold the signature. */
  signature: string;
  signsTime: boolean;
  channelId: string;
  /** The three messages, the second and third in one conversation. */
  messages: readonly object[];
  /** Other deliveries that are of the same messages. */
  again: readonly object[];
  /** What is no message of a person. */
  others: readonly object[];
  /** A body that nobody can read. */
  unreadable: string;
}

/** A payload as its platform sends it. */
export function signed({ encoded, headers }: Platform, payload: object, at = now()): Delivery {
  const body = encoded(payload);
  return { headers: headers(body, at), body };
}

/** The present moment, in seconds: what was signed minutes ago is refused, however slow the machine is. */
export function now(): number {
  return Math.floor(Date.now() / 1_000);
}

/** An hour before the tests began, in seconds. */
const SENT = now() - 3_600;

const UNREADABLE_JSON = `{"text":"${WRITTEN}",}`;

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

const SLACK_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

function slackEvent(event: object): object {
  return {
    token: 'z26uFbvR1xHJEdHE1OQiO6t8',
    team_id: 'T0HARB001',
    api_app_id: 'A03VSHWTKY',
    event: { type: 'message', team: 'T0HARB001', event_ts: `${SENT}.000100`, ...event },
    type: 'event_callback',
    event_id: 'Ev0ZEBRA001',
    event_time: SENT,
    authorizations: [{ enterprise_id: null, team_id: 'T0HARB001', user_id: 'U0Z2BPKHNQ', is_bot: true }],
    is_ext_shared_channel: false,
    event_context: '4-eyJldCI6Im1lc3NhZ2UifQ',
  };
}

const slackMessage = {
  user: 'U008UVFRMM',
  text: WRITTEN,
  client_msg_id: '2aee6a07-8655-46b1-adef-ebb4beaf3215',
};
const inChannel = { channel: 'C0ZEBRA01', channel_type: 'channel' };
const slackSaid = [
  { ...slackMessage, channel: 'D0P5E8AFAH', channel_type: 'im', ts: `${SENT}.001100` },
  { ...slackMessage, ...inChannel, ts: `${SENT + 1}.001200` },
  {
    ...slackMessage,
    ...inChannel,
    ts: `${SENT + 2}.001300`,
    thread_ts: `${SENT + 1}.001200`,
    parent_user_id: 'U008UVFRMM',
  },
];

const slack: Platform = {
  name: 'slack',
  environment: { SLACK_SIGNING_SECRET: SLACK_SECRET },
  encoded: JSON.stringify,
  headers: (body, at) => ({
    'content-type': 'application/json',
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': `v0=${hmac(SLACK_SECRET, `v0:${at}:${body}`)}`,
  }),
  signature: 'x-slack-signature',
  signsTime: true,
  channelId: 'slack',
  messages: slackSaid.map(slackEvent),
  again: [
    // An app that is told of mentions, too.
    slackEvent({
      ...slackMessage,
      ...inChannel,
      type: 'app_mention',
      channel_type: undefined,
      ts: `${SENT + 1}.001200`,
    }),
    slackEvent({
      ...inChannel,
      subtype: 'message_changed',
      hidden: true,
      ts: `${SENT + 9}.001900`,
      message: {
        ...slackMessage,
        text: EDITED,
        ts: `${SENT + 1}.001200`,
        edited: { user: 'U008UVFRMM', ts: `${SENT + 9}.0` },
      },
      previous_message: { ...slackMessage, ts: `${SENT + 1}.001200` },
    }),
  ],
  others: [
    slackEvent({
      ...inChannel,
      subtype: 'channel_join',
      user: 'U008UVFRMM',
      text: `<@U008UVFRMM> ${CALLED}`,
      ts: `${SENT}.002000`,
    }),
    slackEvent({ ...inChannel, subtype: 'message_deleted', deleted_ts: `${SENT}.0`, ts: `${SENT}.002001` }),
    slackEvent({
      ...inChannel,
      subtype: 'bot_message',
      bot_id: 'B0OTHER',
      text: WRITTEN,
      ts: `${SENT}.002002`,
    }),
    slackEvent({ ...inChannel, user: 'USLACKBOT', text: WRITTEN, ts: `${SENT}.002003` }),
    slackEvent({
      ...inChannel,
      user: 'U0Z2BPKHNQ',
      bot_id: 'B09SBE822M',
      text: WRITTEN,
      ts: `${SENT}.002004`,
    }),
    slackEvent({
      type: 'reaction_added',
      user: 'U008UVFRMM',
      reaction: 'zebra',
      item: { type: 'message', ts: `${SENT}.0` },
    }),
    { type: 'app_rate_limited', team_id: 'T0HARB001', minute_rate_limited: SENT },
  ],
  unreadable: UNREADABLE_JSON,
};

const CHATWOOT_SECRET = 'chatwoot-webhook-secret';
const contact = { id: 81, name: CALLED, email: 'zebrafinch@example.com', type: 'contact' };

function chatwootEvent(
  message: { id: number; conversation: number; at: number } & Record<string, unknown>,
): object {
  const { conversation, at, ...rest } = message;
  return {
    event: 'message_created',
    account: { id: 3, name: 'Harbour Supplies' },
    additional_attributes: {},
    content_attributes: {},
    content_type: 'text',
    content: WRITTEN,
    conversation: {
      id: conversation,
      channel: 'Channel::WebWidget',
      inbox_id: 2,
      contact_inbox: { id: 12, source_id: '0f8a6bd1-42ab-4e7b-a4b5-9c1f0f6e1c11' },
      messages: [{ id: message.id, content: WRITTEN, account_id: 3, inbox_id: 2, message_type: 0 }],
      meta: { sender: contact },
      status: 'open',
    },
    created_at: new Date(at * 1_000).toISOString(),
    inbox: { id: 2, name: 'Web widget' },
    message_type: 'incoming',
    private: false,
    sender: contact,
    source_id: null,
    ...rest,
  };
}

const chatwootSaid = [
  { id: 7829, conversation: 41, at: SENT },
  { id: 7830, conversation: 42, at: SENT + 1 },
  { id: 7832, conversation: 42, at: SENT + 2 },
];

const chatwoot: Platform = {
  name: 'chatwoot',
  environment: { CHATWOOT_WEBHOOK_SECRET: CHATWOOT_SECRET },
  encoded: JSON.stringify,
  headers: (body, at) => ({
    'content-type': 'application/json',
    'x-chatwoot-delivery': '5a1c7cbe-6d2d-4a0a-9c57-0d5e7a8f0b11',
    'x-chatwoot-timestamp': String(at),
    'x-chatwoot-signature': `sha256=${hmac(CHATWOOT_SECRET, `${at}.${body}`)}`,
  }),
  signature: 'x-chatwoot-signature',
  signsTime: true,
  channelId: 'chatwoot-inbox-2',
  messages: chatwootSaid.map(chatwootEvent),
  again: [
    {
      ...chatwootEvent({ id: 7830, conversation: 42, at: SENT + 1 }),
      event: 'message_updated',
      content: EDITED,
    },
    // Both an account's webhook and an agent bot's may come here; older releases write instants like this.
    chatwootEvent({
      id: 7832,
      conversation: 42,
      at: SENT,
      created_at: `${new Date((SENT + 2) * 1_000).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    }),
  ],
  others: [
    chatwootEvent({ id: 7833, conversation: 41, at: SENT, message_type: 'activity', sender: null }),
    chatwootEvent({ id: 7834, conversation: 41, at: SENT, private: true, message_type: 'outgoing' }),
    chatwootEvent({ id: 7835, conversation: 41, at: SENT, private: true }),
    chatwootEvent({
      id: 7836,
      conversation: 41,
      at: SENT,
      message_type: 'outgoing',
      sender: { id: 3, type: 'agent_bot' },
    }),
    chatwootEvent({ id: 7837, conversation: 41, at: SENT, message_type: 'template' }),
    { event: 'conversation_created', id: 43, messages: [], meta: { sender: contact } },
    { event: 'webwidget_triggered', id: 5, contact },
  ],
  unreadable: UNREADABLE_JSON,
};

const TELEGRAM_TOKEN = 'Telegram_secret-token_0123456789';
const person = { id: 263752523, is_bot: false, first_name: CALLED, language_code: 'en' };
const privateChat = { id: 263752523, first_name: CALLED, type: 'private' };
const supergroup = { id: -1001959906311, title: 'Harbour friends', type: 'supergroup' };
const telegramSaid = [
  { message_id: 42639, from: person, chat: privateChat, date: SENT, text: WRITTEN },
  { message_id: 288, from: person, chat: supergroup, date: SENT + 1, text: WRITTEN },
  {
    message_id: 289,
    from: person,
    chat: supergroup,
    date: SENT + 2,
    photo: [{ file_id: 'AgACAg', width: 90 }],
    caption: WRITTEN,
  },
];

const telegram: Platform = {
  name: 'telegram',
  environment: { TELEGRAM_SECRET_TOKEN: TELEGRAM_TOKEN },
  encoded: JSON.stringify,
  headers: () => ({
    'content-type': 'application/json',
    'x-telegram-bot-api-secret-token': TELEGRAM_TOKEN,
  }),
  signature: 'x-telegram-bot-api-secret-token',
  signsTime: false,
  channelId: 'telegram',
  messages: telegramSaid.map((message, index) => ({ update_id: 10_000 + index, message })),
  again: [
    { update_id: 10_009, edited_message: { ...telegramSaid[1], edit_date: SENT + 600, text: EDITED } },
    { update_id: 10_010, edited_message: { ...telegramSaid[2], edit_date: SENT + 601, caption: EDITED } },
  ],
  others: [
    {
      update_id: 10_020,
      message: { ...telegramSaid[1], message_id: 290, text: undefined, new_chat_members: [person] },
    },
    {
      update_id: 10_021,
      message: {
        ...telegramSaid[1],
        message_id: 291,
        sender_chat: { id: -1001, type: 'channel', title: CALLED },
      },
    },
    { update_id: 10_022, channel_post: { ...telegramSaid[1], message_id: 292, from: undefined } },
    {
      update_id: 10_023,
      message: { ...telegramSaid[1], message_id: 293, from: { ...person, is_bot: true } },
    },
    { update_id: 10_024, callback_query: { id: '1', from: person, data: WRITTEN, message: telegramSaid[0] } },
    { update_id: 10_025, my_chat_member: { chat: supergroup, from: person, date: SENT } },
  ],
  unreadable: UNREADABLE_JSON,
};

const WHATSAPP_SECRET = 'b4f0c1d2e3f405162738495a6b7c8d9e';

function whatsAppChange(value: object, field = 'messages'): object {
  return {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '102290129340398',
        changes: [
          {
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
              ...value,
            },
            field,
          },
        ],
      },
    ],
  };
}

function whatsAppMessages(...messages: object[]): object {
  return whatsAppChange({ contacts: [{ profile: { name: CALLED }, wa_id: '16505551234' }], messages });
}

const whatsAppSaid = [
  {
    from: '16505551234',
    id: 'wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQUFB',
    timestamp: String(SENT),
    type: 'text',
    text: { body: WRITTEN },
  },
  {
    from: '16505551299',
    id: 'wamid.HBgLMTY1MDU1NTEyOTkVAgASGBQzQUFC',
    timestamp: String(SENT + 1),
    type: 'text',
    text: { body: WRITTEN },
  },
  {
    from: '16505551299',
    id: 'wamid.HBgLMTY1MDU1NTEyOTkVAgASGBQzQUFD',
    timestamp: String(SENT + 2),
    type: 'image',
    image: { caption: WRITTEN, mime_type: 'image/jpeg', id: '1003383421387256' },
  },
];

const whatsapp: Platform = {
  name: 'whatsapp',
  environment: { WHATSAPP_APP_SECRET: WHATSAPP_SECRET, WHATSAPP_VERIFY_TOKEN: 'verify-me' },
  encoded: JSON.stringify,
  headers: (body) => ({
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${hmac(WHATSAPP_SECRET, body)}`,
  }),
  signature: 'x-hub-signature-256',
  signsTime: false,
  channelId: 'whatsapp-106540352242922',
  messages: whatsAppSaid.map((message) => whatsAppMessages(message)),
  // Many in one request, as after an outage.
  again: [whatsAppMessages(...[...whatsAppSaid].reverse())],
  others: [
    ...['sent', 'delivered', 'read'].map((status) =>
      whatsAppChange({
        statuses: [
          {
            id: 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI',
            status,
            timestamp: String(SENT),
            recipient_id: '16505551234',
          },
        ],
      }),
    ),
    whatsAppMessages({
      ...whatsAppSaid[0],
      id: 'wamid.reaction',
      type: 'reaction',
      reaction: { message_id: 'wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQUFB', emoji: '🦓' },
    }),
    whatsAppMessages({
      ...whatsAppSaid[0],
      id: 'wamid.system',
      type: 'system',
      system: { body: CALLED, type: 'user_changed_number' },
    }),
    whatsAppMessages({
      ...whatsAppSaid[1],
      id: 'wamid.edit',
      type: 'unsupported',
      errors: [{ code: 131051, title: 'Unsupported' }],
    }),
    whatsAppChange({ event: 'APPROVED', message_template_name: 'hello' }, 'message_template_status_update'),
  ],
  unreadable: UNREADABLE_JSON,
};

const TWILIO_TOKEN = '12345678901234567890123456789012';
const TWILIO_URL = 'https://senders.example.com/twilio?from=twilio';

const twilioSaid = [
  twilioMessage('SM00000000000000000000000000000001', '+14155550100'),
  twilioMessage('SM00000000000000000000000000000002', '+14155550111'),
  twilioMessage('MM00000000000000000000000000000003', '+14155550111'),
];

function twilioMessage(sid: string, from: string): object {
  return {
    ToCountry: 'US',
    SmsMessageSid: sid,
    NumMedia: '0',
    SmsSid: sid,
    SmsStatus: 'received',
    FromCity: 'ZEBRA FALLS & SONS',
    Body: WRITTEN,
    To: '+14155238886',
    MessageSid: sid,
    AccountSid: 'AC00000000000000000000000000000001',
    From: from,
    ApiVersion: '2010-04-01',
  };
}

const twilio: Platform = {
  name: 'twilio',
  environment: { TWILIO_AUTH_TOKEN: TWILIO_TOKEN, TWILIO_WEBHOOK_URL: TWILIO_URL },
  encoded: (payload) =>
    new URLSearchParams(
      Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString(),
  headers(body) {
    const parameters = [...new URLSearchParams(body)];
    const words = parameters.sort(([one], [other]) => (one < other ? -1 : 1)).flat();
    return {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'i-twilio-idempotency-token': '2b1cb8a4-61a3-4f6a-b2c3-fb5fd7e7a0a1',
      'x-twilio-signature': createHmac('sha1', TWILIO_TOKEN)
        .update(TWILIO_URL + words.join(''))
        .digest('base64'),
    };
  },
  signature: 'x-twilio-signature',
  signsTime: false,
  channelId: 'twilio-sms',
  messages: twilioSaid,
  // The fallback address gets it with what went wrong at the first.
  again: [{ ...twilioSaid[1], ErrorCode: '11200', ErrorUrl: TWILIO_URL }],
  others: [
    { ...twilioSaid[0], SmsStatus: 'delivered', MessageStatus: 'delivered', MessageSid: 'SM9' },
    { AccountSid: 'AC00000000000000000000000000000001', Level: 'ERROR', Payload: '{}' },
  ],
  unreadable: `SmsStatus=received&MessageSid=SM1&Body=${encodeURIComponent(WRITTEN)}`,
};

export const PLATFORMS: readonly Platform[] = [chatwoot, slack, telegram, whatsapp, twilio];
export { chatwoot, SENT, slack, telegram, twilio, whatsapp };
