import type {
  ZodOpenApiOperationObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { channelsAnswer, registeredChannel, setChannelBody } from '../functions/manage-channels/contract.ts';
import {
  MAX_MESSAGES,
  recordMessagesAnswer,
  recordMessagesBody,
} from '../functions/record-messages/contract.ts';
import type { Scope } from '../functions/shared/domain/api-key.ts';
import { CHANNEL_STATUSES, MAX_CHANNELS_PER_PEER } from '../functions/shared/domain/channel.ts';
import { FINDINGS } from '../functions/shared/domain/findings/findings.ts';
import { whereFound } from '../functions/shared/domain/findings/in-words.ts';
import {
  DEFAULT_HEALTH_SETTINGS,
  givenHealthSettings,
  HEALTH_SETTING_LIMITS,
  healthSettings,
} from '../functions/shared/domain/health-settings.ts';
import { historyProblem } from '../functions/shared/domain/history.ts';
import type { Report } from '../functions/shared/domain/report.ts';
import { reportCsv } from '../functions/shared/domain/report-csv.ts';
import { reportMarkdown } from '../functions/shared/domain/report-markdown.ts';
import type { ApiFunction, RouteName } from '../functions/shared/http/routes.ts';
import {
  channelStatsAnswer,
  channelStatsQuery,
  growthAnswer,
  growthQuery,
  type HealthAnswer,
  healthAnswer,
  historyAnswer,
  historyQuery,
  peersAnswer,
  peersQuery,
  reportAnswer,
  reportQuery,
} from '../functions/usage-api/contract.ts';
import { DOWNLOAD_HEADER, invalidRequest, REQUEST_ID_HEADER } from './errors.ts';

/** The groups of operations. */
export const TAGS = [
  { name: 'Statistics', description: 'What the channels of a peer were used.' },
  { name: 'Messages', description: 'Telling the service of messages, so that it counts them.' },
  { name: 'Channels', description: 'Which channels a peer has, and what is said of them.' },
  { name: 'Peers', description: 'Which peers there are.' },
  { name: 'Documentation', description: 'This description of the API. It needs no API key.' },
] as const;

/** What the document says of an operation, beside what follows from its route. */
export interface OperationDescription
  extends Pick<ZodOpenApiOperationObject, 'summary' | 'description' | 'requestBody' | 'requestParams'> {
  tag: (typeof TAGS)[number]['name'];
  /** The answers of its own: the others follow from its route. */
  responses: ZodOpenApiResponsesObject;
}

/** The scopes of API keys, and what they are for. */
export const SCOPE_DESCRIPTIONS: Record<Scope, string> = {
  'stats:read': 'reading statistics and the list of peers',
  'messages:write': 'recording messages',
  'channels:write': 'changing channels and health settings',
};

const BROKEN_QUERY = { path: 'query', message: 'the query string must be percent-encoded UTF-8' };

/** A channel of the examples. */
const WEBCHAT = { channelId: 'integration_123', channelName: 'WebChat', galleryKey: 'webchat' };

/** Comparisons of the examples that have no percentage. */
const fromNothing = {
  messages: { current: 40, previous: 0, change: 40, changePercent: null, reason: 'zero_baseline' },
  conversations: { current: 5, previous: 0, change: 5, changePercent: null, reason: 'zero_baseline' },
} as const;
const noHistory = {
  current: 0,
  previous: null,
  change: null,
  changePercent: null,
  reason: 'no_history',
} as const;
const withoutHistory = { messages: noHistory, conversations: noHistory };

/** The report of the examples. */
const REPORT: Report = {
  period: 'October 2025',
  peer: 'peer_123',
  overview: { totalMessages: 8440, totalConversations: 497, channelCount: 2 },
  channels: [
    {
      name: 'WebChat',
      messages: 8245,
      conversations: 485,
      avgMessagesPerConversation: 17,
      marketShare: '97.7%',
      engagement: 'High',
    },
    {
      name: 'Direct/Web',
      messages: 195,
      conversations: 12,
      avgMessagesPerConversation: 16.3,
      marketShare: '2.3%',
      engagement: 'High',
    },
  ],
  change: {
    messages: { current: 8440, previous: 6752, change: 1688, changePercent: 25 },
    conversations: { current: 497, previous: 500, change: -3, changePercent: -0.6 },
  },
  complete: true,
};

/** The findings of the examples. */
const HEALTH: HealthAnswer = {
  status: 'attention',
  findings: FINDINGS.flatMap((finding): HealthAnswer['findings'] => finding.examples),
};

/** The channel of the examples, in the registry. */
const REGISTERED_CHANNEL = {
  channelId: 'integration_123',
  channelName: 'Support desk',
  galleryKey: 'webchat',
  status: 'enabled',
  registeredAt: '2025-03-12T14:05:41.120Z',
} as const;

/** An answer with the channel that was set. */
function setChannelResponse(description: string): ZodOpenApiResponseObject {
  return {
    description,
    headers: REQUEST_ID_HEADER,
    content: {
      'application/json': {
        schema: registeredChannel,
        examples: { channel: { summary: 'A channel with a name of its own', value: REGISTERED_CHANNEL } },
      },
    },
  };
}

/** The answer with the thresholds of a peer. */
const healthSettingsResponse: ZodOpenApiResponseObject = {
  description: 'All thresholds of the peer.',
  headers: REQUEST_ID_HEADER,
  content: {
    'application/json': {
      schema: healthSettings,
      examples: { defaults: { summary: 'The defaults', value: DEFAULT_HEALTH_SETTINGS } },
    },
  },
};

/** Describes every operation: leaving one out is a compile error. */
export const OPERATIONS: Record<RouteName<ApiFunction>, OperationDescription> = {
  channelStats: {
    tag: 'Statistics',
    summary: 'Get messages and conversations by channel',
    description: [
      'Answers with the figures of every channel of a peer: all-time, or with `from` or `to` in a range of days.',
      'The conversations of a range are those that started in it.',
      '',
      'A peer without messages or channels is no error: it has no channels, and the total is 0.',
    ].join('\n'),
    requestParams: { query: channelStatsQuery },
    responses: {
      200: {
        description: 'The figures.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': {
            schema: channelStatsAnswer,
            examples: {
              allTime: {
                summary: 'All-time',
                value: {
                  channels: [
                    {
                      channelId: 'integration_123',
                      channelName: 'WebChat',
                      galleryKey: 'webchat',
                      conversationCount: 485,
                      messageCount: 8245,
                    },
                    {
                      channelId: 'direct',
                      channelName: 'Direct/Web',
                      conversationCount: 12,
                      messageCount: 195,
                    },
                  ],
                  total: { conversationCount: 497, messageCount: 8440 },
                },
              },
              included: {
                summary: 'With include=percentage,activity',
                value: {
                  channels: [
                    {
                      channelId: 'integration_123',
                      channelName: 'WebChat',
                      galleryKey: 'webchat',
                      conversationCount: 485,
                      messageCount: 8245,
                      percentage: 97.7,
                      lastMessageAt: '2026-11-22T09:55:00.000Z',
                      status: 'enabled',
                    },
                    {
                      channelId: 'direct',
                      channelName: 'Direct/Web',
                      conversationCount: 12,
                      messageCount: 195,
                      percentage: 2.3,
                      lastMessageAt: '2026-11-20T16:20:00.000Z',
                      status: 'enabled',
                    },
                  ],
                  total: { conversationCount: 497, messageCount: 8440 },
                },
              },
            },
          },
        },
      },
      400: invalidRequest({ path: 'from', message: 'from must not be after to' }),
    },
  },
  channelStatsHistory: {
    tag: 'Statistics',
    summary: 'Get a history',
    description: [
      'Answers with the figures of every channel by day, week or month, and with the all-time figures at the ' +
        'end of each.',
      'Late messages show on their own day at once.',
      '',
      'With `include=disabled,removed` the sum of the messages of all buckets, the difference of the cumulative ' +
        'figures at their ends, and the number of messages sent in the range are the same number.',
    ].join('\n'),
    requestParams: { query: historyQuery },
    responses: {
      200: {
        description: 'The history.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': {
            schema: historyAnswer,
            examples: {
              days: {
                summary: 'Two days',
                value: {
                  query: {
                    peerId: 'peer_123',
                    from: '2026-11-21',
                    to: '2026-11-22',
                    interval: 'day',
                    timezone: 'UTC',
                  },
                  buckets: [
                    {
                      start: '2026-11-21',
                      end: '2026-11-21',
                      complete: true,
                      channels: [{ ...WEBCHAT, messageCount: 12, conversationCount: 3 }],
                      total: { messageCount: 12, conversationCount: 3 },
                      cumulative: { messageCount: 8000, conversationCount: 470 },
                    },
                    {
                      start: '2026-11-22',
                      end: '2026-11-22',
                      complete: false,
                      channels: [{ ...WEBCHAT, messageCount: 4, conversationCount: 0 }],
                      total: { messageCount: 4, conversationCount: 0 },
                      cumulative: { messageCount: 8004, conversationCount: 470 },
                    },
                  ],
                  asOf: '2026-11-22T10:00:00Z',
                },
              },
            },
          },
        },
      },
      400: invalidRequest({
        path: 'from',
        message: historyProblem({ from: '2025-10-18', to: '2026-11-22' }, 'day', 0) ?? '',
      }),
    },
  },
  channelStatsGrowth: {
    tag: 'Statistics',
    summary: 'Get growth week over week',
    description: [
      'Answers with the messages and conversations of the last weeks, by channel and in total, each beside those ' +
        'of the week before. A week is seven complete days; the newest one ends yesterday.',
      '',
      'Where the week before cannot be compared with, a `reason` says why.',
    ].join('\n'),
    requestParams: { query: growthQuery },
    responses: {
      200: {
        description: 'The weeks.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': {
            schema: growthAnswer,
            examples: {
              week: {
                summary: 'One week',
                value: {
                  query: { peerId: 'peer_123', weeks: 1, through: '2026-11-21', timezone: 'UTC' },
                  weeks: [
                    {
                      start: '2026-11-15',
                      end: '2026-11-21',
                      channels: [
                        {
                          ...WEBCHAT,
                          messages: { current: 40, previous: 32, change: 8, changePercent: 25 },
                          conversations: { current: 5, previous: 5, change: 0, changePercent: 0 },
                        },
                      ],
                      total: {
                        messages: { current: 40, previous: 32, change: 8, changePercent: 25 },
                        conversations: { current: 5, previous: 5, change: 0, changePercent: 0 },
                      },
                    },
                  ],
                  asOf: '2026-11-22T10:00:00Z',
                },
              },
              notCompared: {
                summary: 'A week after one without messages, and the one after the first',
                value: {
                  query: { peerId: 'peer_new', weeks: 2, through: '2026-11-21', timezone: 'UTC' },
                  weeks: [
                    {
                      start: '2026-11-15',
                      end: '2026-11-21',
                      channels: [{ ...WEBCHAT, ...fromNothing }],
                      total: fromNothing,
                    },
                    {
                      start: '2026-11-08',
                      end: '2026-11-14',
                      channels: [{ ...WEBCHAT, ...withoutHistory }],
                      total: withoutHistory,
                    },
                  ],
                  asOf: '2026-11-22T10:00:00Z',
                },
              },
            },
          },
        },
      },
      400: invalidRequest({ path: 'weeks', message: 'weeks must be a whole number from 1 to 52' }),
    },
  },
  channelStatsReport: {
    tag: 'Statistics',
    summary: 'Get a report',
    description: [
      'Answers with the report on a month, and the change of its totals against the month before, or with the ' +
        'report on everything. The conversations of a month are those that started in it.',
      '',
      'Names and ids come from outside. In CSV an apostrophe goes before whatever a spreadsheet could run as a ' +
        'formula; in Markdown and HTML they are escaped. The page loads nothing and runs nothing.',
    ].join('\n'),
    requestParams: { query: reportQuery },
    responses: {
      200: {
        description: 'The report.',
        headers: { ...REQUEST_ID_HEADER, ...DOWNLOAD_HEADER },
        content: {
          'application/json': {
            schema: reportAnswer,
            examples: { report: { summary: 'A month', value: REPORT } },
          },
          'text/csv': {
            schema: { type: 'string' },
            examples: { csv: { summary: 'With format=csv', value: reportCsv(REPORT) } },
          },
          'text/markdown': {
            schema: { type: 'string' },
            examples: { markdown: { summary: 'With format=markdown', value: reportMarkdown(REPORT) } },
          },
          'text/html': { schema: { type: 'string' } },
        },
      },
      400: invalidRequest({
        path: 'period',
        message: 'period must be a month that exists, as YYYY-MM, such as 2025-10, or all',
      }),
    },
  },
  channelStatsHealth: {
    tag: 'Statistics',
    summary: 'Get health findings',
    description: [
      'Answers with what needs attention, or is good to know, about the enabled channels of a peer, and with the ' +
        'numbers behind it. Others are not judged, and are in no total. The thresholds named here are the ' +
        'defaults; each peer may have its own.',
      '',
      ...whereFound(),
      '',
      'Only complete days are judged, the last one being yesterday, and no finding follows from too little ' +
        'history. Of today there is but one effect: a channel with a message today is not inactive.',
    ].join('\n'),
    responses: {
      200: {
        description: 'The findings.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': {
            schema: healthAnswer,
            examples: {
              attention: { summary: 'With something that needs attention', value: HEALTH },
              ok: { summary: 'Without any finding', value: { status: 'ok', findings: [] } },
            },
          },
        },
      },
      400: invalidRequest(BROKEN_QUERY),
    },
  },
  recordMessages: {
    tag: 'Messages',
    summary: 'Record messages',
    description: [
      `Records 1 to ${MAX_MESSAGES} messages of a peer, in a body of at most 1 MB. They are counted within seconds.`,
      '',
      'Good messages are recorded even when others in the same request are rejected. Sending the same request ' +
        'again is safe: a message is known by `peerId`, `conversationId` and `messageId`, and counts once. Its ' +
        'first version stays.',
      '',
      'The text of a message never enters the service: fields other than those listed here are dropped.',
    ].join('\n'),
    requestBody: {
      description: 'The messages.',
      required: true,
      content: {
        'application/json': {
          schema: recordMessagesBody,
          examples: {
            messages: {
              summary: 'Two messages of a conversation, of which one is counted',
              value: {
                messages: [
                  {
                    messageId: 'msg_1',
                    conversationId: 'conv_1',
                    channelId: 'integration_123',
                    role: 'user',
                    sentAt: '2026-11-22T09:54:58Z',
                    channelName: 'WebChat',
                    galleryKey: 'webchat',
                  },
                  {
                    messageId: 'msg_2',
                    conversationId: 'conv_1',
                    channelId: 'integration_123',
                    role: 'assistant',
                    sentAt: '2026-11-22T09:55:00Z',
                  },
                ],
              },
            },
          },
        },
      },
    },
    responses: {
      200: {
        description: 'What became of the messages.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': {
            schema: recordMessagesAnswer,
            examples: {
              recorded: {
                summary: 'Both were recorded',
                value: { received: 2, recorded: 2, duplicates: 0, rejected: [] },
              },
              rejected: {
                summary: 'One was recorded, one was known, one was wrong',
                value: {
                  received: 3,
                  recorded: 1,
                  duplicates: 1,
                  rejected: [
                    {
                      index: 2,
                      code: 'invalid_message',
                      message: 'role must be one of user, assistant, system, tool',
                    },
                  ],
                },
              },
            },
          },
        },
      },
      400: invalidRequest({
        path: 'messages',
        message: `messages must be an array of 1 to ${MAX_MESSAGES} messages`,
      }),
    },
  },
  channels: {
    tag: 'Channels',
    summary: 'List channels',
    description:
      'Lists every channel of a peer, whatever its status. A channel registers itself with its first message.',
    responses: {
      200: {
        description: 'The channels.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': {
            schema: channelsAnswer,
            examples: {
              channels: {
                summary: 'Two channels',
                value: {
                  channels: [
                    {
                      channelId: 'direct',
                      channelName: 'Direct/Web',
                      status: 'disabled',
                      registeredAt: '2025-03-10T08:30:00.000Z',
                    },
                    REGISTERED_CHANNEL,
                  ],
                },
              },
            },
          },
        },
      },
      400: invalidRequest(BROKEN_QUERY),
    },
  },
  setChannel: {
    tag: 'Channels',
    summary: 'Set a channel',
    description: [
      "Sets a channel's name, gallery key and status, and registers it where it is not registered yet: an empty " +
        'object does nothing else.',
      '',
      'What is given is set, `null` takes away what was set, and what is left out stays as it is: sending the ' +
        'same request again is safe.',
      '',
      `A peer has at most ${MAX_CHANNELS_PER_PEER} channels. One that is removed keeps its history and its place ` +
        'among them.',
    ].join('\n'),
    requestBody: {
      description: 'What to set.',
      required: true,
      content: {
        'application/json': {
          schema: setChannelBody,
          examples: {
            name: {
              summary: 'A name and a kind',
              value: { channelName: 'Support desk', galleryKey: 'webchat' },
            },
            disable: { summary: 'Another status', value: { status: 'disabled' } },
            unname: { summary: 'No name of its own any more', value: { channelName: null } },
          },
        },
      },
    },
    responses: {
      200: setChannelResponse('The channel as it is now.'),
      201: setChannelResponse('The channel, which was registered by this request.'),
      400: invalidRequest({
        path: 'status',
        message: `status must be one of ${CHANNEL_STATUSES.join(', ')}`,
      }),
      409: { $ref: '#/components/responses/TooManyChannels' },
    },
  },
  healthSettings: {
    tag: 'Channels',
    summary: 'Get health settings',
    description: 'Answers with the thresholds that the health findings of a peer are judged by.',
    responses: {
      200: healthSettingsResponse,
      400: invalidRequest(BROKEN_QUERY),
    },
  },
  setHealthSettings: {
    tag: 'Channels',
    summary: 'Set health settings',
    description:
      'Sets thresholds that the health findings of a peer are judged by, in place of all that were set before: ' +
      'those that are left out have their defaults again.',
    requestBody: {
      description: 'The thresholds.',
      required: true,
      content: {
        'application/json': {
          schema: givenHealthSettings,
          examples: {
            settings: { summary: 'Two thresholds', value: { inactiveAfterDays: 14, leastMedian: 50 } },
            defaults: { summary: 'The defaults again', value: {} },
          },
        },
      },
    },
    responses: {
      200: healthSettingsResponse,
      400: invalidRequest({
        path: 'inactiveAfterDays',
        message:
          'inactiveAfterDays must be a whole number from ' +
          `${HEALTH_SETTING_LIMITS.inactiveAfterDays.least} to ${HEALTH_SETTING_LIMITS.inactiveAfterDays.most}`,
      }),
    },
  },
  peers: {
    tag: 'Peers',
    summary: 'List peers',
    description:
      'Lists the peers that had messages or have channels, of those that the API key may read, one page at a ' +
      'time. The cursor of a page asks for the next one.',
    requestParams: { query: peersQuery },
    responses: {
      200: {
        description: 'A page of peers.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': {
            schema: peersAnswer,
            examples: {
              peers: {
                summary: 'The only page',
                value: {
                  peers: [
                    { peerId: 'peer_123', lastActiveDay: '2026-11-22' },
                    { peerId: 'peer_hr', lastActiveDay: '2026-11-20' },
                    { peerId: 'peer_new', lastActiveDay: null },
                    { peerId: 'peer_support', lastActiveDay: '2026-11-22' },
                  ],
                  cursor: null,
                },
              },
            },
          },
        },
      },
      400: invalidRequest({ path: 'limit', message: 'limit must be a whole number from 1 to 100' }),
    },
  },
  openApiDocument: {
    tag: 'Documentation',
    summary: 'Get the OpenAPI document',
    description: 'Answers with the OpenAPI 3.1 document of this API, for programs.',
    responses: {
      200: {
        description: 'The document.',
        headers: REQUEST_ID_HEADER,
        content: {
          'application/json': { schema: { type: 'object' } },
        },
      },
      400: invalidRequest(BROKEN_QUERY),
    },
  },
  referencePage: {
    tag: 'Documentation',
    summary: 'Read the reference page',
    description: 'Answers with a page that describes this API. It has no scripts, and loads nothing.',
    responses: {
      200: {
        description: 'The page.',
        headers: REQUEST_ID_HEADER,
        content: { 'text/html': { schema: { type: 'string' } } },
      },
      400: invalidRequest(BROKEN_QUERY),
    },
  },
};
