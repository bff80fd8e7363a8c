import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { Scope } from '../functions/domain/api-key.ts';
import { historyProblem } from '../functions/domain/history.ts';
import type { Report } from '../functions/domain/report.ts';
import { reportCsv } from '../functions/domain/report-csv.ts';
import { reportMarkdown } from '../functions/domain/report-markdown.ts';
import {
  MAX_MESSAGES,
  recordMessagesAnswer,
  recordMessagesBody,
} from '../functions/record-messages/contract.ts';
import type { RouteName } from '../functions/runtime/routes.ts';
import {
  channelStatsAnswer,
  channelStatsQuery,
  growthAnswer,
  growthQuery,
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

/** Describes every operation: leaving one out is a compile error. */
export const OPERATIONS: Record<RouteName, OperationDescription> = {
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
  peers: {
    tag: 'Peers',
    summary: 'List peers',
    description:
      'Lists the peers that had messages, of those that the API key may read, one page at a time. The cursor of ' +
      'a page asks for the next one.',
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
