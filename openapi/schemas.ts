import * as z from 'zod/mini';
import { type CreateDocumentOptions, createSchema, type ZodOpenApiSchemaObject } from 'zod-openapi';
import { channelsAnswer, registeredChannel, setChannelBody } from '../functions/manage-channels/contract.ts';
import {
  recordMessagesAnswer,
  recordMessagesBody,
  rejection,
} from '../functions/record-messages/contract.ts';
import { INCLUDABLE, INCLUDABLE_CHANNELS } from '../functions/shared/domain/channel-stats.ts';
import { GROWTH_WEEKS } from '../functions/shared/domain/growth.ts';
import {
  DEFAULT_HISTORY_DAYS,
  MAX_BUCKETS,
  MAX_CHANNEL_ENTRIES,
} from '../functions/shared/domain/history.ts';
import {
  MAX_CHARACTERS,
  MAX_UTF8_BYTES,
  WITHOUT_CONTROL_CHARACTERS,
} from '../functions/shared/domain/identifier.ts';
import { messageFields } from '../functions/shared/domain/message.ts';
import { errorAnswer, errorDetail } from '../functions/shared/http/api-errors.ts';
import {
  channelStatsQuery,
  growthAnswer,
  growthQuery,
  growthRequest,
  historyAnswer,
  historyQuery,
  historyRequest,
  listedPeer,
  PEERS_LIMIT,
  peersAnswer,
  peersQuery,
  reportQuery,
} from '../functions/usage-api/contract.ts';
import {
  COMPONENT,
  type Description,
  describeComponent,
  describeFields,
  describeParameters,
} from './describe.ts';
import { ERROR_CODES } from './errors.ts';

const HOW_LONG = `1 to ${MAX_CHARACTERS} characters, at most ${MAX_UTF8_BYTES} bytes in UTF-8, no control characters`;

/** What the check of an identifier or a display name says, as JSON Schema. The limit of bytes cannot be said. */
const identifierSchema = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_CHARACTERS,
  pattern: WITHOUT_CONTROL_CHARACTERS.source,
} as const;

const daySchema = { type: 'string', format: 'date' } as const;

/** The identifiers in paths. */
export const PATH_PARAMETERS = [
  {
    name: 'peerId',
    in: 'path',
    required: true,
    description: `The peer: an AI agent or chatbot. ${HOW_LONG}; percent-encoded as all parts of a path.`,
    schema: identifierSchema,
    example: 'peer_123',
  },
  {
    name: 'channelId',
    in: 'path',
    required: true,
    description: `The channel, which need not be there yet. ${HOW_LONG}; percent-encoded as all parts of a path.`,
    schema: identifierSchema,
    example: 'integration_123',
  },
] as const;

describeParameters(channelStatsQuery, {
  from: {
    override: daySchema,
    param: {
      description:
        'The first day (UTC) of the range. Without it, but with `to`, the range begins with the first day there is.',
      example: '2026-11-01',
    },
  },
  to: {
    override: daySchema,
    param: {
      description: 'The last day (UTC) of the range, itself included. Without it the range has no end.',
      example: '2026-11-15',
    },
  },
  include: {
    override: {
      type: 'array',
      items: { type: 'string', enum: [...INCLUDABLE] },
      minItems: 1,
    },
    param: {
      description: [
        'What else to tell, separated by commas.',
        '- `percentage` adds `percentage` to each channel.',
        '- `activity` adds `lastMessageAt` and `status` to each channel.',
        '- `disabled` lists disabled channels too, and counts them in the total.',
        '- `removed` does so for removed channels.',
      ].join('\n'),
      style: 'form',
      explode: false,
      example: ['percentage', 'activity'],
    },
  },
});

/** A parameter that lists channels of other statuses. */
const includeChannels: Description & { param: { description: string } } = {
  override: {
    type: 'array',
    items: { type: 'string', enum: [...INCLUDABLE_CHANNELS] },
    minItems: 1,
  },
  param: {
    description:
      'Channels to list beside the enabled ones, and to count in totals: `disabled`, `removed` or both, ' +
      'separated by a comma.',
    style: 'form',
    explode: false,
    example: ['disabled', 'removed'],
  },
};

describeParameters(historyQuery, {
  from: {
    override: daySchema,
    param: {
      description: [
        `The first day (UTC). Without it: the one that makes it ${DEFAULT_HISTORY_DAYS} days up to the last.`,
        '',
        `It must be late enough for at most ${MAX_BUCKETS} buckets, and for at most ${MAX_CHANNEL_ENTRIES} ` +
          'channels in all buckets together.',
      ].join('\n'),
      example: '2026-11-01',
    },
  },
  to: {
    override: daySchema,
    param: { description: 'The last day (UTC), itself included. Without it: today.', example: '2026-11-15' },
  },
  interval: {
    param: {
      description: 'Whether a bucket is a day, a week from Monday to Sunday, or a month.',
      example: 'day',
    },
  },
  include: includeChannels,
});
describeComponent(historyAnswer, 'History', 'The figures of a peer over time.');
describeFields(historyAnswer, {
  query: COMPONENT,
  buckets: { description: 'Every day, week or month of the range, from the earliest on, also empty ones.' },
  asOf: { description: 'When the figures were read (UTC).' },
});
describeComponent(historyRequest, 'HistoryRequest', 'What was asked for, with what was left out filled in.');
describeFields(historyRequest, {
  peerId: { description: 'The peer.' },
  from: { description: 'The first day of the range.' },
  to: { description: 'The last day of the range.' },
  interval: { description: 'What a bucket is.' },
  timezone: { description: 'Whose days these are.' },
});
describeParameters(growthQuery, {
  weeks: {
    override: { type: 'integer', minimum: GROWTH_WEEKS.least, maximum: GROWTH_WEEKS.most },
    param: { description: 'How many weeks to compare.', example: GROWTH_WEEKS.default },
  },
  include: includeChannels,
});
describeComponent(growthAnswer, 'Growth', 'The figures of a peer week over week.');
describeFields(growthAnswer, {
  query: COMPONENT,
  weeks: {
    description: 'The newest first: the seven days up to yesterday, then each time the seven days before.',
  },
  asOf: { description: 'When the figures were read (UTC).' },
});
describeComponent(growthRequest, 'GrowthRequest', 'What was asked for, with what was left out filled in.');
describeFields(growthRequest, {
  peerId: { description: 'The peer.' },
  weeks: { description: 'How many weeks there are.' },
  through: { description: 'The last day of the newest week: yesterday.' },
  timezone: { description: 'Whose days these are.' },
});
describeParameters(reportQuery, {
  period: {
    param: {
      description:
        'The month (UTC) as `YYYY-MM`, none to come, or `all` for everything. Without it: the last month that ' +
        'is over.',
      example: '2025-10',
    },
  },
  format: {
    param: {
      description: [
        'The form of the answer.',
        '- `json`: for programs.',
        '- `csv`: for spreadsheets, as a download: a row for each channel, and one with the totals.',
        '- `markdown`: for a text, with a table.',
        '- `html`: a page to be printed.',
      ].join('\n'),
      example: 'json',
    },
  },
  include: includeChannels,
});

/** A name or a gallery key that may be taken away. */
const removableSchema: Description['override'] = { anyOf: [identifierSchema, { type: 'null' }] };

describeComponent(channelsAnswer, 'Channels', 'The channels of a peer.');
describeFields(channelsAnswer, {
  channels: { description: 'Every channel, whatever its status, by `channelId`.' },
});
describeComponent(registeredChannel, 'Channel', 'A channel, as the registry and its messages name it.');
describeFields(registeredChannel, {
  channelId: COMPONENT,
  channelName: COMPONENT,
  galleryKey: COMPONENT,
  status: {
    description:
      '`enabled` channels are listed in statistics; `disabled` and `removed` ones where `include` asks for them.',
  },
  registeredAt: { description: 'When it was registered, by a request or by its first message.' },
});
describeComponent(
  setChannelBody,
  'ChannelChange',
  'What to set of a channel. What is left out stays as it is; unknown fields are refused.',
);
describeFields(setChannelBody, {
  channelName: {
    description:
      `A name for the channel, which beats the one in messages. ${HOW_LONG}. \`null\` takes it away, so that ` +
      'the one in messages, or the one that the channel has by default, shows again.',
    override: removableSchema,
  },
  galleryKey: {
    description:
      `The kind of integration, such as \`slack\`, which beats the one in messages. ${HOW_LONG}. \`null\` ` +
      'takes it away.',
    override: removableSchema,
  },
  status: {
    description:
      'Whether statistics list the channel without being asked for it. Messages count whatever it is, and do ' +
      'not change it. A channel that is registered without one is `enabled`.',
  },
});

describeParameters(peersQuery, {
  prefix: {
    override: { ...identifierSchema, minLength: 0 },
    param: {
      description: `What the peers' ids begin with. At most ${MAX_CHARACTERS} characters, and otherwise as an id.`,
      example: 'peer_',
    },
  },
  limit: {
    override: {
      type: 'integer',
      minimum: PEERS_LIMIT.least,
      maximum: PEERS_LIMIT.most,
      default: PEERS_LIMIT.default,
    },
    param: { description: 'How many peers to list at most.', example: PEERS_LIMIT.default },
  },
  cursor: {
    override: { pattern: '^[A-Za-z0-9_-]+$' },
    param: {
      description:
        'The `cursor` of the page before, to get the next one. It goes with the API key and the prefix that it ' +
        'was given for.',
    },
  },
});
describeComponent(peersAnswer, 'Peers', 'One page of peers.');
describeFields(peersAnswer, {
  peers: {
    description: 'In the order of the UTF-8 bytes of `peerId`, except that `#` comes directly before `%`.',
  },
  cursor: {
    description: 'Asks for the next page; `null` on the last one. What is in it is not to be relied on.',
  },
});
describeComponent(listedPeer, 'ListedPeer', 'A peer that has channels.');
describeFields(listedPeer, {
  peerId: { description: 'The peer.' },
  lastActiveDay: {
    description: 'The latest day (UTC) on which a message of a user was sent; `null` where none ever was.',
  },
});

z.globalRegistry.add(messageFields, {
  description: 'A message, without its text. Fields that are not listed here are dropped.',
});
describeFields(messageFields, {
  messageId: {
    description: `Names the message within its conversation. ${HOW_LONG}.`,
    override: identifierSchema,
  },
  conversationId: {
    description: `The conversation that the message is part of. ${HOW_LONG}.`,
    override: identifierSchema,
  },
  channelId: {
    description: `The channel on which it was sent; a new one registers itself. ${HOW_LONG}.`,
    override: identifierSchema,
  },
  role: { description: 'Who sent it. Only messages of users are counted.' },
  sentAt: {
    description:
      'When it was sent: ISO 8601 with a time zone. At most 5 minutes ahead, and no older than the message ' +
      'retention (400 days, unless the deployment says otherwise). Without it: now.',
  },
  channelName: {
    description: `A name for the channel, shown until the registry has one. ${HOW_LONG}.`,
    override: identifierSchema,
  },
  galleryKey: {
    description: `The kind of integration, such as \`slack\`. ${HOW_LONG}.`,
    override: identifierSchema,
  },
});
describeFields(recordMessagesBody, {
  messages: {
    description: 'The messages. Each is checked by itself: those that are wrong do not keep out the others.',
    override: { items: { $ref: '#/components/schemas/Message' } },
  },
});
describeComponent(
  recordMessagesAnswer,
  'RecordedMessages',
  'What became of the messages: received = recorded + duplicates + the number of those rejected.',
);
describeFields(recordMessagesAnswer, {
  received: { description: 'Messages in the request.' },
  recorded: { description: 'Messages that were new, and are stored now.' },
  duplicates: { description: 'Messages that were known already: the first version stays.' },
  rejected: { description: 'Messages that were not recorded.' },
});
describeComponent(rejection, 'Rejection', 'A message that was not recorded, and why.');
describeFields(rejection, {
  index: { description: "The message's place in the request, from 0." },
  code: { description: '`unavailable` may be sent again as it is; the others would be rejected again.' },
  message: { description: 'What is wrong, in words.' },
});

describeComponent(errorAnswer, 'Error', 'Every error that the service itself answers with.');
describeFields(errorAnswer, { error: { description: 'The error.' } });
describeFields(errorAnswer.shape.error, {
  code: { description: 'The kind of error, for programs.', override: { enum: [...ERROR_CODES] } },
  message: { description: 'What went wrong, for people.' },
  status: { description: 'The status of the answer.', override: { minimum: 400, maximum: 599 } },
  requestId: { description: 'Names the request in the logs; the same as in the header `x-request-id`.' },
  details: { description: 'What is wrong with which part of the request.' },
});
describeComponent(errorDetail, 'ErrorDetail', 'What is wrong with one part of a request.');
describeFields(errorDetail, {
  path: { description: 'The parameter or the field, such as `from` or `messages`.' },
  message: { description: 'What is wrong with it.' },
});

/** How schemas become part of the document, beside what is said of each. */
export const SCHEMA_OPTIONS: CreateDocumentOptions = {
  override: ({ jsonSchema }) => {
    // The format says it all; zod's own expressions for it fill five lines.
    if (jsonSchema.format === 'date' || jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    // That a number can be held exactly is no limit that anyone could meet.
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  },
};

/** The schemas that no operation's own schemas hold. */
export const FURTHER_SCHEMAS: Record<string, ZodOpenApiSchemaObject> = {
  Message: createSchema(messageFields, { io: 'input', opts: SCHEMA_OPTIONS }).schema,
  GatewayMessage: {
    type: 'object',
    description: 'What the gateway in front of the service answers with where the service does not.',
    properties: { message: { type: 'string', description: 'What went wrong, for people.' } },
    required: ['message'],
    additionalProperties: false,
  },
};
