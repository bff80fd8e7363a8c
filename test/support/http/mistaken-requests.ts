import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { DAY_MS, dayOf, type EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { ExpectedAnswer, WireRequest } from './answer-check.ts';

// Requests that people get wrong, or send in a way of their own, each with its exact answer. They are sent by way
// of whatever stands before the functions: nothing here knows of a gateway.

/** Who sends a request, and when: each to a peer of which nothing is known. */
export interface Sender {
  /** An API key with all scopes, for all peers. */
  key: string;
  peerId: string;
  now: EpochMillis;
}

/** A request, and its answer. */
export interface MistakenRequest {
  title: string;
  request: (sender: Sender) => WireRequest;
  answer: ExpectedAnswer;
}

/** The API that is asked: below the peer, or from the root. */
type Target = ((peer: string) => string) | string;

const GET = 'GET';
const stats = (query = '') => ofPeer('/channel-stats', query);
const history = (query: string) => ofPeer('/channel-stats/history', query);
const growth = (query: string) => ofPeer('/channel-stats/growth', query);
const report = (query: string) => ofPeer('/channel-stats/report', query);
const reportCsv = (query: string) => ofPeer('/channel-stats/report.csv', query);
const peers = (query: string) => `/api/v1/peers?${query}`;

function ofPeer(path: string, query: string): Target {
  return (peer) => `/api/v1/peer/${peer}${path}${query === '' ? '' : `?${query}`}`;
}

function asked(
  title: string,
  target: Target,
  answer: ExpectedAnswer,
  { method = GET, headers = {} }: Partial<Pick<WireRequest, 'method' | 'headers'>> = {},
): MistakenRequest {
  return {
    title,
    request: ({ key, peerId }) => ({
      method,
      target: typeof target === 'string' ? target : target(peerId),
      headers: { authorization: `Bearer ${key}`, ...headers },
      body: Buffer.alloc(0),
    }),
    answer,
  };
}

/** A request that records; a body that is no text or bytes is sent as JSON. */
function posted(
  title: string,
  body: unknown | ((sender: Sender) => unknown),
  answer: ExpectedAnswer,
  headers: Readonly<Record<string, string>> = {},
): MistakenRequest {
  return written('POST', '/messages', title, body, answer, headers);
}

/** A request with a body; `path` is below the peer. */
function written(
  method: 'POST' | 'PUT',
  path: string,
  title: string,
  body: unknown | ((sender: Sender) => unknown),
  answer: ExpectedAnswer,
  headers: Readonly<Record<string, string>> = {},
): MistakenRequest {
  return {
    title,
    request: (sender) => {
      const made = typeof body === 'function' ? body(sender) : body;
      return {
        method,
        target: `/api/v1/peer/${sender.peerId}${path}`,
        headers: {
          authorization: `Bearer ${sender.key}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: Buffer.isBuffer(made) ? made : Buffer.from(JSON.stringify(made)),
      };
    },
    answer,
  };
}

const NO_CHANNELS = { channels: [], total: { conversationCount: 0, messageCount: 0 } };
const EMPTY: ExpectedAnswer = { status: 200, json: NO_CHANNELS };
/** The tag of the figures of a peer without any: what clients keep from one release to the next. */
const EMPTY_TAG = 'W/"1HqCLj4663al69azd0DuPn_btdn"';

const OF_STATS = 'there are from, to, include, compare';
const movedTo = (location: string): ExpectedAnswer => ({ status: 308, headers: { location } });
const NOT_FOUND: ExpectedAnswer = { status: 404, message: 'there is nothing at this path' };

function bad(...details: [path: string, message: string][]): ExpectedAnswer {
  return { status: 400, details: details.map(([path, message]) => ({ path, message })) };
}

/** A parameter that is none, and the one that was likely meant, or all that there are. */
function unknown(name: string, meant: string): [string, string] {
  const help = meant.startsWith('there are ') ? `: ${meant}` : `: did you mean ${meant}?`;
  return [name, `${name} is not a query parameter of this operation${help}`];
}

/** A field of a body that is none, and the one that was likely meant, or all that there are. */
function unknownField(name: string, meant: string): [string, string] {
  const help = meant.startsWith('there are ') ? `: ${meant}` : `: did you mean ${meant}?`;
  return [name, `${name} is not a field of the body${help}`];
}

function noParameters(name: string): [string, string] {
  return [name, `${name} is not a query parameter of this operation, which has none`];
}

const noDay = (name: string): [string, string] => [
  name,
  `${name} must be a day that exists, as YYYY-MM-DD, such as 2026-11-22`,
];
const NO_INCLUDE: [string, string] = [
  'include',
  'include must be a comma-separated list of percentage, activity, disabled, removed',
];
const twice = (name: string): [string, string] => [name, `${name} must not be given more than once`];

const LONG_NAME = 'n'.repeat(300);
const A_KEY = 'cua_somebody_abcdefghijklmnopqrstuvwxyz012345';

const PARAMETERS: MistakenRequest[] = [
  asked('a misspelt parameter', stats('form=2026-11-01'), bad(unknown('form', 'from'))),
  asked('a letter too few', stats('inclde=percentage'), bad(unknown('inclde', 'include'))),
  asked('a letter too many', stats('tto=2026-11-01'), bad(unknown('tto', 'to'))),
  asked('a plural', stats('includes=percentage'), bad(unknown('includes', 'include'))),
  asked('a capital letter', stats('From=2026-11-01'), bad(unknown('From', 'from'))),
  asked('capital letters, misspelt', stats('INCLUD=percentage'), bad(unknown('INCLUD', 'include'))),
  asked('start', stats('start=2026-11-01'), bad(unknown('start', 'from'))),
  asked('startDate', stats('startDate=2026-11-01'), bad(unknown('startDate', 'from'))),
  asked(
    'start_date and end_date',
    stats('start_date=2026-11-01&end_date=2026-11-02'),
    bad(unknown('start_date', 'from'), unknown('end_date', 'to')),
  ),
  asked('since and until', stats('since=1&until=2'), bad(unknown('since', 'from'), unknown('until', 'to'))),
  asked('fields', stats('fields=percentage'), bad(unknown('fields', 'include'))),
  asked('one that is like no other', stats('verbose=true'), bad(unknown('verbose', OF_STATS))),
  asked('one of another operation', stats('weeks=4'), bad(unknown('weeks', OF_STATS))),
  asked('a time zone', stats('timezone=Europe/Berlin'), bad(unknown('timezone', OF_STATS))),
  asked(
    'an unknown parameter beside a wrong one',
    stats('form=2026-11-01&to=22.11.2026'),
    bad(unknown('form', 'from'), noDay('to')),
  ),
  asked(
    'an unknown one, a repeated one and a wrong one',
    stats('x=1&to=2026-11-01&to=2026-11-02&include=all'),
    bad(unknown('x', OF_STATS), twice('to'), NO_INCLUDE),
  ),
  asked('a name of nothing', stats('=1'), bad(unknown('(an empty name)', OF_STATS))),
  asked('a name that every object has', stats('__proto__=1'), bad(unknown('__proto__', OF_STATS))),
  asked('another one', stats('constructor=1'), bad(unknown('constructor', OF_STATS))),
  asked('a name of 300 letters', stats(`${LONG_NAME}=1`), bad(unknown(`${'n'.repeat(64)}…`, OF_STATS))),
  asked('a line break in a name', stats('a%0Ab=1'), bad(unknown('a\ufffdb', OF_STATS))),
  asked('an API key for a name', stats(`${A_KEY}=1`), bad(unknown('(an API key)', OF_STATS))),
  asked('an API key for a value', stats(`api_key=${A_KEY}`), bad(unknown('api_key', OF_STATS))),
  asked(
    'twelve names, of which ten are told',
    stats(Array.from({ length: 12 }, (_, number) => `x${number}=1`).join('&')),
    bad(...Array.from({ length: 10 }, (_, number) => unknown(`x${number}`, OF_STATS))),
  ),
  asked('nothing behind the question mark', ofPeer('/channel-stats?', ''), EMPTY),
  asked('nothing between the ampersands', stats('&&'), EMPTY),
  asked('an encoded name', stats('%66rom=2026-11-01'), EMPTY),
  asked('an instant for a day', stats('from=2026-11-01T00:00:00Z'), bad(noDay('from'))),
  asked('a parameter twice', stats('from=2026-11-01&from=2026-11-02'), bad(twice('from'))),
  asked('a parameter twice, the same', stats('to=2026-11-01&to=2026-11-01'), bad(twice('to'))),
  asked(
    'a comparison without a range',
    stats('compare=previous'),
    bad(['compare', 'compare needs a range: from, to or both']),
  ),
  asked(
    'a comparison with a year',
    stats('from=2026-11-01&compare=year'),
    bad(['compare', 'compare must be previous']),
  ),
  asked('compareTo', stats('from=2026-11-01&compareTo=previous'), bad(unknown('compareTo', 'compare'))),
  asked('brackets behind what is no list', stats('from[]=2026-11-01'), bad(unknown('from[]', 'from'))),
];

const INTERVALS = 'interval must be one of day, week, month';
const SEPARATORS = 'separator must be one of comma, semicolon, tab';

const OTHER_OPERATIONS: MistakenRequest[] = [
  asked('granularity', history('granularity=day'), bad(unknown('granularity', 'interval'))),
  asked('bucket', history('bucket=week'), bad(unknown('bucket', 'interval'))),
  asked('intervall', history('intervall=day'), bad(unknown('intervall', 'interval'))),
  asked('an interval with a capital', history('interval=Day'), bad(['interval', INTERVALS])),
  asked('an hour for an interval', history('interval=hour'), bad(['interval', INTERVALS])),
  asked('week', growth('week=4'), bad(unknown('week', 'weeks'))),
  asked('53 weeks', growth('weeks=53'), bad(['weeks', 'weeks must be a whole number from 1 to 52'])),
  asked('4.0 weeks', growth('weeks=4.0'), bad(['weeks', 'weeks must be a whole number from 1 to 52'])),
  asked('month', report('month=2026-10'), bad(unknown('month', 'period'))),
  asked('a format', report('format=csv'), bad(unknown('format', 'there are period, include'))),
  asked('a report in a form that there is none of', ofPeer('/channel-stats/report.pdf', ''), NOT_FOUND),
  asked('a report as JSON by its name', ofPeer('/channel-stats/report.json', ''), NOT_FOUND),
  asked('month of a report as CSV', reportCsv('month=2026-10'), bad(unknown('month', 'period'))),
  asked('a separator as it is', reportCsv('separator=%3B'), bad(['separator', SEPARATORS])),
  asked('a separator with a capital', reportCsv('separator=Semicolon'), bad(['separator', SEPARATORS])),
  asked('a separator that there is none of', reportCsv('separator=pipe'), bad(['separator', SEPARATORS])),
  asked('delimiter', reportCsv('delimiter=tab'), bad(unknown('delimiter', 'separator'))),
  asked('seperator', reportCsv('seperator=tab'), bad(unknown('seperator', 'separator'))),
  asked(
    'a separator of a report as JSON',
    report('separator=tab'),
    bad(unknown('separator', 'there are period, include')),
  ),
  asked('a search for nothing', peers('search='), { status: 200, json: { peers: [], cursor: null } }),
  asked('q', peers('q=a'), bad(unknown('q', 'search'))),
  asked('contains', peers('contains=a'), bad(unknown('contains', 'search'))),
  asked('order', '/api/v1/peers/overview?order=name', bad(unknown('order', 'sort'))),
  asked(
    'an order that there is none of',
    '/api/v1/peers/overview?sort=warnings',
    bad(['sort', 'sort must be one of attention, messages, change, name']),
  ),
  asked(
    'days that are too many',
    '/api/v1/peers/overview?days=91',
    bad(['days', 'days must be a whole number from 1 to 90']),
  ),
  asked('a prefix of the overview', '/api/v1/peers/overview?prefix=a', bad(unknown('prefix', 'search'))),
  asked('the peers of metrics', '/api/v1/metrics?peers=a', bad(unknown('peers', 'peer'))),
  asked(
    'a match of metrics',
    '/api/v1/metrics?match[]=up',
    bad(unknown('match[]', 'there are peer, include')),
  ),
  asked(
    'metrics of a peer without a name',
    '/api/v1/metrics?peer=a,',
    bad(['peer', 'peer must not be empty']),
  ),
  asked('metrics where Prometheus looks for them', '/metrics', NOT_FOUND),
  asked(
    'page and per_page',
    peers('page=2&per_page=5'),
    bad(unknown('page', 'cursor'), unknown('per_page', 'limit')),
  ),
  asked(
    'a range where there is none',
    ofPeer('/health-settings', 'from=2026-11-01'),
    bad(noParameters('from')),
  ),
  asked(
    'a parameter of the list of channels',
    ofPeer('/channels', 'status=enabled'),
    bad(noParameters('status')),
  ),
  asked('a parameter of the key', '/api/v1/key?peerId=a', bad(noParameters('peerId'))),
  asked('a parameter of the description', '/api/v1/openapi.json?v=2', bad(noParameters('v'))),
  asked('a parameter of the reference', '/docs?lang=de', bad(noParameters('lang'))),
  asked('parameters of the dashboard, which are its own', '/?peer=a&anything=1', { status: 200 }),
  asked('a parameter of the embed script, against caches', '/channel-usage.js?v=1', { status: 200 }),
  asked(
    'an unknown parameter with a wrong key',
    stats('form=1'),
    {
      status: 401,
      message: 'the API key is not valid: it is malformed or unknown, has expired or was revoked',
      headers: { 'www-authenticate': 'Bearer' },
    },
    { headers: { authorization: 'Bearer KEY' } },
  ),
];

const LISTS: MistakenRequest[] = [
  asked('a list with commas', stats('include=percentage,activity'), EMPTY),
  asked('a list with encoded commas', stats('include=percentage%2Cactivity'), EMPTY),
  asked('a repeated list', stats('include=percentage&include=activity'), EMPTY),
  asked('a list in brackets', stats('include[]=percentage&include[]=activity'), EMPTY),
  asked('a list in encoded brackets', stats('include%5B%5D=percentage'), EMPTY),
  asked(
    'a list in every way',
    stats('include=percentage,activity&include=disabled&include[]=removed'),
    EMPTY,
  ),
  asked('the same word twice', stats('include=percentage,percentage'), EMPTY),
  asked('a numbered list', stats('include[0]=percentage'), bad(unknown('include[0]', 'include'))),
  asked('an empty list', stats('include='), bad(NO_INCLUDE)),
  asked('an empty list in brackets', stats('include[]='), bad(NO_INCLUDE)),
  asked('a comma too many in a list', stats('include=percentage,'), bad(NO_INCLUDE)),
  asked('an empty repetition', stats('include=percentage&include='), bad(NO_INCLUDE)),
  asked('semicolons', stats('include=percentage;activity'), bad(NO_INCLUDE)),
  asked('a space', stats('include=percentage,+activity'), bad(NO_INCLUDE)),
  asked('a capital letter in a word', stats('include=Percentage'), bad(NO_INCLUDE)),
  asked('an unknown word', stats('include=all'), bad(NO_INCLUDE)),
];

const MESSAGE = { messageId: 'm-1', conversationId: 'k-1', channelId: 'direct', role: 'user' };
const RECORDED = { received: 1, recorded: 1, duplicates: 0, rejected: [] };

const good = { messages: [MESSAGE] };
const goodText = JSON.stringify(good);

function recorded(ignoredFields?: string[]): ExpectedAnswer {
  return { status: 200, json: { ...RECORDED, ...(ignoredFields !== undefined && { ignoredFields }) } };
}

function rejected(message: string, ignoredFields?: string[]): ExpectedAnswer {
  const rejections = [{ index: 0, code: 'invalid_message', message }];
  const json = { received: 1, recorded: 0, duplicates: 0, rejected: rejections };
  return { status: 200, json: { ...json, ...(ignoredFields !== undefined && { ignoredFields }) } };
}

const otherwise = (name: string, known: string) =>
  `${name} is not a field of a message: did you mean ${known}?`;

/** A message with one of its fields under another name. */
function renamed(known: keyof typeof MESSAGE, name: string): object {
  const { [known]: value, ...others } = MESSAGE;
  return { messages: [{ ...others, [name]: value }] };
}

const FIELDS: MistakenRequest[] = [
  ...['sentat', 'sent_at', 'SentAt', 'SENT_AT', 'sent-at', 'sent at'].map((name) =>
    posted(
      `the field ${name}`,
      ({ now }: Sender) => ({ messages: [{ ...MESSAGE, [name]: new Date(now).toISOString() }] }),
      rejected(otherwise(name, 'sentAt')),
    ),
  ),
  posted(
    'the field channel_id',
    renamed('channelId', 'channel_id'),
    rejected(`${otherwise('channel_id', 'channelId')}; channelId must be a string`),
  ),
  posted(
    'the field messageID',
    renamed('messageId', 'messageID'),
    rejected(`${otherwise('messageID', 'messageId')}; messageId must be a string`),
  ),
  posted(
    'the field channel_name, which may be left out',
    { messages: [{ ...MESSAGE, channel_name: 'Slack' }] },
    rejected(otherwise('channel_name', 'channelName')),
  ),
  posted(
    'a field in its own letters and in others',
    { messages: [{ ...MESSAGE, Role: 'user' }] },
    rejected(otherwise('Role', 'role')),
  ),
  posted(
    'a text and a timestamp',
    { messages: [{ ...MESSAGE, timestamp: 1, text: 'hello' }] },
    recorded(['text', 'timestamp']),
  ),
  posted('the peer in a message', { messages: [{ ...MESSAGE, peerId: 'another' }] }, recorded(['peerId'])),
  posted(
    'fields of two messages, of which one is wrong',
    {
      messages: [
        { ...MESSAGE, text: 'a', b: 1 },
        { text: 'c', a: 2 },
      ],
    },
    {
      status: 200,
      json: {
        received: 2,
        recorded: 1,
        duplicates: 0,
        rejected: [
          {
            index: 1,
            code: 'invalid_message',
            message:
              'messageId must be a string; conversationId must be a string; channelId must be a string; ' +
              'role must be one of user, assistant, system, tool',
          },
        ],
        ignoredFields: ['a', 'b', 'text'],
      },
    },
  ),
  posted(
    'a field of a message that every object has',
    Buffer.from(goodText.replace('{"messageId"', '{"__proto__":{"role":"tool"},"messageId"')),
    recorded(['__proto__']),
  ),
  posted('a field without a name', { messages: [{ ...MESSAGE, '': 1 }] }, recorded(['(an empty name)'])),
  posted('an API key for a field', { messages: [{ ...MESSAGE, [A_KEY]: 1 }] }, recorded(['(an API key)'])),
  posted(
    'a field with a name of 300 letters',
    { messages: [{ ...MESSAGE, [LONG_NAME]: 1 }] },
    recorded([`${'n'.repeat(64)}…`]),
  ),
  posted('a list for a message', { messages: [['text']] }, rejected('a message must be an object')),
  posted('a text for a message', { messages: ['text'] }, rejected('a message must be an object')),
  posted(
    'a message without the list',
    { messageId: 'm-1', role: 'user' },
    bad(
      ['messages', 'messages must be an array of 1 to 500 messages'],
      unknownField('messageId', 'messages'),
      unknownField('role', 'there are messages'),
    ),
  ),
  posted(
    'a field beside the list',
    { ...good, dryRun: true },
    bad(unknownField('dryRun', 'there are messages')),
  ),
  posted(
    'the list with a misspelt name',
    { mesages: good.messages },
    bad(['messages', 'messages must be an array of 1 to 500 messages'], unknownField('mesages', 'messages')),
  ),
  posted(
    'a peer in the body',
    { peerId: 'peer_2', ...good },
    bad(unknownField('peerId', 'there are messages')),
  ),
  written(
    'PUT',
    '/channels/integration_slack',
    'a name of a channel under another name',
    { name: 'Slack' },
    bad(unknownField('name', 'there are channelName, galleryKey, status')),
  ),
  written(
    'PUT',
    '/channels/integration_slack',
    'a field of a channel in other letters',
    { gallery_key: 'slack' },
    bad(unknownField('gallery_key', 'galleryKey')),
  ),
  written(
    'POST',
    '/share-links',
    'a link for ever',
    { expiresInDays: 0 },
    bad(['expiresInDays', 'expiresInDays must be a whole number from 1 to 400']),
  ),
  written(
    'POST',
    '/share-links',
    'a link for days in words, under another name',
    { expiresInDays: '30', name: 'Board' },
    bad(
      ['expiresInDays', 'expiresInDays must be a whole number from 1 to 400'],
      unknownField('name', 'there are expiresInDays, label'),
    ),
  ),
  written(
    'POST',
    '/embed-tokens',
    'a token for a day',
    { expiresInSeconds: 86_400 },
    bad(['expiresInSeconds', 'expiresInSeconds must be a whole number from 60 to 3600']),
  ),
  written(
    'POST',
    '/embed-tokens',
    'a token for minutes',
    { expiresInMinutes: 5 },
    bad(unknownField('expiresInMinutes', 'there are expiresInSeconds')),
  ),
  written(
    'PUT',
    '/health-settings',
    'a threshold with a misspelt name',
    { inactiveAfterDay: 14 },
    bad(unknownField('inactiveAfterDay', 'inactiveAfterDays')),
  ),
  posted('the list without the object', [MESSAGE], bad(['body', 'the body must be an object with messages'])),
  {
    ...posted('a parameter of recording', good, bad(noParameters('dryRun'))),
    request: (sender) => {
      const plain = posted('', good, recorded()).request(sender);
      return { ...plain, target: `${plain.target}?dryRun=true` };
    },
  },
];

const NO_INSTANT = 'sentAt must be an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z';

/** Forms of an instant that are taken: of a day that is past, whatever the offset. */
const INSTANTS: [title: string, form: (day: string) => string][] = [
  ['RFC 3339', (day) => `${day}T10:00:00Z`],
  ['decimals', (day) => `${day}T10:00:00.5Z`],
  ['microseconds, as Python writes them', (day) => `${day}T10:00:00.123456+00:00`],
  ['nine decimals, as Go writes them', (day) => `${day}T10:00:00.123456789Z`],
  ['an offset', (day) => `${day}T10:00:00+05:45`],
  ['an offset of nothing, unknown', (day) => `${day}T10:00:00-00:00`],
  ['an offset without a colon, as Slack and strftime write it', (day) => `${day}T10:00:00+0000`],
  ['an offset of hours, as PostgreSQL writes it', (day) => `${day} 10:00:00+00`],
  ['small letters', (day) => `${day}t10:00:00z`],
  ['a space', (day) => `${day} 10:00:00Z`],
  ['no seconds', (day) => `${day}T10:00Z`],
  ['no seconds, and an offset of hours', (day) => `${day}T10:00+01`],
  ['a leap second', (day) => `${day}T23:59:60Z`],
  ['a leap second elsewhere', (day) => `${day}T08:59:60+09:00`],
];

/** What is no instant, of whatever type. */
const NO_INSTANTS: [title: string, sentAt: unknown][] = [
  ['seconds since 1970', 1_795_341_600],
  ['milliseconds since 1970', 1_795_341_600_000],
  ['a number in a text', '1795341600000'],
  ['nothing', null],
  ['a truth', true],
  ['an object', { seconds: 1_795_341_600 }],
  ['an empty text', ''],
  ['a word', 'now'],
  ['a day', '2026-11-22'],
  ['no time zone', '2026-11-22T10:00:00'],
  ['the name of a time zone', '2026-11-22T10:00:00 UTC'],
  ['a time zone in brackets', '2026-11-22T10:00:00+01:00[Europe/Berlin]'],
  ['the form of e-mail', 'Sun, 22 Nov 2026 10:00:00 GMT'],
  ['a day that does not exist', '2026-02-29T10:00:00Z'],
  ['the hour 24', '2026-11-22T24:00:00Z'],
  ['the minute 60', '2026-11-22T10:60:00Z'],
  ['the second 61', '2026-11-22T23:59:61Z'],
  ['a leap second at noon', '2026-11-22T12:00:60Z'],
  ['ten decimals', '2026-11-22T10:00:00.1234567890Z'],
  ['a point without decimals', '2026-11-22T10:00:00.Z'],
  ['a comma', '2026-11-22T10:00:00,5Z'],
  ['an offset of 24 hours', '2026-11-22T10:00:00+24:00'],
  ['a minus sign of typographers', '2026-11-22T10:00:00\u221201:00'],
  ['a space at the end', '2026-11-22T10:00:00Z '],
  ['a line break at the end', '2026-11-22T10:00:00Z\n'],
  ['without hyphens', '20261122T100000Z'],
];

const SENT_AT: MistakenRequest[] = [
  ...INSTANTS.map(([title, form]) =>
    posted(
      `an instant with ${title}`,
      ({ now }: Sender) => ({ messages: [{ ...MESSAGE, sentAt: form(dayOf(now - 2 * DAY_MS)) }] }),
      recorded(),
    ),
  ),
  ...NO_INSTANTS.map(([title, sentAt]) =>
    posted(`no instant: ${title}`, { messages: [{ ...MESSAGE, sentAt }] }, rejected(NO_INSTANT)),
  ),
];

const notJson = bad(['body', 'the body must be JSON in UTF-8']);
const notGzip = bad(['body', 'the body is said to be compressed with gzip, and is not']);
const otherCoding: ExpectedAnswer = {
  status: 415,
  message: 'the body must be compressed with gzip, or not at all',
  headers: { 'accept-encoding': 'gzip' },
};
const otherType: ExpectedAnswer = { status: 415, message: 'the content type must be application/json' };
const tooLarge: ExpectedAnswer = {
  status: 413,
  message: 'the body must have at most 1048576 bytes, also once it is decompressed',
};
const BOM = Buffer.from('\ufeff');
const GZIP = { 'content-encoding': 'gzip' };

const BODIES: MistakenRequest[] = [
  posted('a byte order mark', Buffer.concat([BOM, Buffer.from(goodText)]), recorded()),
  posted('two byte order marks', Buffer.concat([BOM, BOM, Buffer.from(goodText)]), notJson),
  posted('nothing but a byte order mark', BOM, notJson),
  posted('UTF-16', Buffer.from(`\ufeff${goodText}`, 'utf16le'), notJson),
  posted('Latin-1', Buffer.from(goodText.replace('m-1', 'm-ä'), 'latin1'), notJson),
  posted('no body', Buffer.alloc(0), notJson),
  posted('a comma too many in JSON', Buffer.from(goodText.replace(']', ',]')), notJson),
  posted('JSON lines', Buffer.from(`${JSON.stringify(MESSAGE)}\n${JSON.stringify(MESSAGE)}\n`), notJson),
  posted('gzip', gzipSync(goodText), recorded(), GZIP),
  posted(
    'gzip of a byte order mark',
    gzipSync(Buffer.concat([BOM, Buffer.from(goodText)])),
    recorded(),
    GZIP,
  ),
  posted('gzip by its other name', gzipSync(goodText), recorded(), { 'content-encoding': 'x-gzip' }),
  posted('GZIP in capitals', gzipSync(goodText), recorded(), { 'content-encoding': 'GZIP' }),
  posted('identity', good, recorded(), { 'content-encoding': 'identity' }),
  posted('gzip that is not said', gzipSync(goodText), notJson),
  posted('gzip that is none', good, notGzip, GZIP),
  posted('gzip that ends early', gzipSync(goodText).subarray(0, -12), notGzip, GZIP),
  posted('gzip of nothing at all', Buffer.alloc(0), notGzip, GZIP),
  posted('gzip twice, said once', gzipSync(gzipSync(goodText)), notJson, GZIP),
  posted('gzip twice, said twice', gzipSync(gzipSync(goodText)), otherCoding, {
    'content-encoding': 'gzip, gzip',
  }),
  posted('gzip of 2 MB in few bytes', gzipSync(Buffer.alloc(2_000_000, ' ')), tooLarge, GZIP),
  posted('2 MB', Buffer.alloc(2_000_000, ' '), tooLarge),
  posted('deflate', deflateSync(goodText), otherCoding, { 'content-encoding': 'deflate' }),
  posted('brotli', brotliCompressSync(goodText), otherCoding, { 'content-encoding': 'br' }),
  posted('an encoding that there is not', good, otherCoding, { 'content-encoding': 'utf-8' }),
  posted('a charset', good, recorded(), { 'content-type': 'application/json;charset=UTF-8' }),
  posted('plain text', good, otherType, { 'content-type': 'text/plain' }),
  posted('the type of a form, as curl sends it', good, otherType, {
    'content-type': 'application/x-www-form-urlencoded',
  }),
  posted('a type of JSON that is another', good, otherType, { 'content-type': 'application/vnd.api+json' }),
];

const HEAD = { method: 'HEAD' };
const onlyReads: ExpectedAnswer = {
  status: 405,
  message: 'this path allows GET, HEAD',
  headers: { allow: 'GET, HEAD' },
};
const JSON_TYPE = 'application/json';
const PAGE_TYPE = 'text/html; charset=utf-8';

const METHODS: MistakenRequest[] = [
  asked(
    'HEAD',
    stats(),
    {
      status: 200,
      headers: { etag: EMPTY_TAG, 'content-type': JSON_TYPE, 'cache-control': 'private, no-cache' },
      isEmpty: true,
    },
    HEAD,
  ),
  asked('HEAD with a misspelt parameter', stats('form=1'), { status: 400, isEmpty: true }, HEAD),
  asked(
    'HEAD without a key',
    stats(),
    {
      status: 401,
      headers: { 'www-authenticate': 'Bearer', etag: undefined },
      isEmpty: true,
    },
    { ...HEAD, headers: { authorization: '' } },
  ),
  asked('HEAD of what there is not', '/api/v1/nothing', { status: 404, isEmpty: true }, HEAD),
  asked(
    'HEAD of what is only written',
    ofPeer('/messages', ''),
    {
      status: 405,
      headers: { allow: 'POST' },
      isEmpty: true,
    },
    HEAD,
  ),
  asked(
    'HEAD of the reference',
    '/docs',
    {
      status: 200,
      headers: { 'content-type': PAGE_TYPE },
      isEmpty: true,
    },
    HEAD,
  ),
  asked('HEAD of the reference with a slash', '/docs/', { ...movedTo('../docs'), isEmpty: true }, HEAD),
  asked(
    'HEAD of the dashboard',
    '/',
    {
      status: 200,
      headers: { 'content-type': PAGE_TYPE, 'cache-control': 'no-store', etag: undefined },
      isEmpty: true,
    },
    HEAD,
  ),
  asked('DELETE of figures', stats(), onlyReads, { method: 'DELETE' }),
  asked('POST of figures', stats(), onlyReads, { method: 'POST' }),
  asked('OPTIONS of figures', stats(), onlyReads, { method: 'OPTIONS' }),
  asked(
    'PUT of messages',
    ofPeer('/messages', ''),
    {
      status: 405,
      message: 'this path allows POST',
      headers: { allow: 'POST' },
    },
    { method: 'PUT' },
  ),
  asked('GET of a share link', ofPeer('/share-links/link0123456789abcdef', ''), {
    status: 405,
    message: 'this path allows DELETE',
    headers: { allow: 'DELETE' },
  }),
  asked(
    'DELETE of all share links',
    ofPeer('/share-links', ''),
    { status: 405, message: 'this path allows GET, HEAD, POST', headers: { allow: 'GET, HEAD, POST' } },
    { method: 'DELETE' },
  ),
  asked(
    'DELETE of a share link that is none',
    ofPeer('/share-links/link0123456789abcdef', ''),
    { status: 404, message: 'the peer has no share link of this id' },
    { method: 'DELETE' },
  ),
  asked(
    'PATCH of settings',
    ofPeer('/health-settings', ''),
    {
      status: 405,
      message: 'this path allows GET, HEAD, PUT',
      headers: { allow: 'GET, HEAD, PUT' },
    },
    { method: 'PATCH' },
  ),
];

const PATHS: MistakenRequest[] = [
  asked('the reference with a slash', '/docs/', movedTo('../docs')),
  asked('the reference with a slash and a parameter', '/docs/?lang=de', movedTo('../docs?lang=de')),
  asked('the reference with two slashes', '/docs//', NOT_FOUND),
  asked('the reference in capitals', '/DOCS', NOT_FOUND),
  asked('POST of the reference with a slash', '/docs/', NOT_FOUND, { method: 'POST' }),
  asked('the description with a slash', '/api/v1/openapi.json/', movedTo('../openapi.json')),
  asked('figures with a slash', ofPeer('/channel-stats/', ''), NOT_FOUND),
  asked('the list of peers with a slash', '/api/v1/peers/', NOT_FOUND),
  asked('figures in snake case', ofPeer('/channel_stats', ''), NOT_FOUND),
  asked('figures of no peer', '/api/v1/peer//channel-stats', NOT_FOUND),
  asked('the API without its version', '/api/peers', NOT_FOUND),
];

const NOT_MODIFIED: ExpectedAnswer = {
  status: 304,
  headers: {
    etag: EMPTY_TAG,
    'cache-control': 'private, no-cache',
    vary: 'accept-encoding, authorization',
    'content-type': undefined,
    'content-encoding': undefined,
    'content-length': undefined,
  },
  isEmpty: true,
};
const FRESH: ExpectedAnswer = { ...EMPTY, headers: { etag: EMPTY_TAG } };

function having(title: string, ifNoneMatch: string, answer: ExpectedAnswer, method = GET): MistakenRequest {
  return asked(`If-None-Match: ${title}`, stats(), answer, {
    method,
    headers: { 'if-none-match': ifNoneMatch },
  });
}

const STRONG_TAG = EMPTY_TAG.replace('W/', '');

const TAGS: MistakenRequest[] = [
  having('the tag', EMPTY_TAG, NOT_MODIFIED),
  having('the tag, made strong', STRONG_TAG, NOT_MODIFIED),
  having('the tag, as Apache changes it', STRONG_TAG.replace(/"$/, '-gzip"'), NOT_MODIFIED),
  having('several, the tag among them', `"a", ${EMPTY_TAG},W/"b"`, NOT_MODIFIED),
  having('whatever there is', '*', NOT_MODIFIED),
  having('the tag, with HEAD', EMPTY_TAG, NOT_MODIFIED, 'HEAD'),
  having('another one', 'W/"another"', FRESH),
  having('the tag without quotes', STRONG_TAG.replaceAll('"', ''), FRESH),
  having('nothing', '', FRESH),
  asked('If-None-Match with a misspelt parameter', stats('form=1'), bad(unknown('form', 'from')), {
    headers: { 'if-none-match': '*' },
  }),
  asked(
    'If-None-Match with a wrong key',
    stats(),
    {
      status: 401,
      message: 'the API key is not valid: it is malformed or unknown, has expired or was revoked',
    },
    { headers: { 'if-none-match': EMPTY_TAG, authorization: 'Bearer KEY' } },
  ),
  asked('If-None-Match of what there is not', '/api/v1/nothing', NOT_FOUND, {
    headers: { 'if-none-match': '*' },
  }),
  asked(
    'If-None-Match of the dashboard, which nobody keeps',
    '/',
    { status: 200 },
    {
      headers: { 'if-none-match': '*' },
    },
  ),
  posted('If-None-Match with a body, which records', good, recorded(), { 'if-none-match': '*' }),
];

function taking(acceptEncoding: string, encoding: string | undefined): MistakenRequest {
  return asked(
    `Accept-Encoding: ${acceptEncoding}`,
    '/api/v1/openapi.json',
    { status: 200, headers: { 'content-encoding': encoding, vary: 'accept-encoding' } },
    { headers: { 'accept-encoding': acceptEncoding } },
  );
}

const ENCODINGS: MistakenRequest[] = [
  taking('gzip', 'gzip'),
  taking('br, GZIP;q=0.5', 'gzip'),
  taking('x-gzip', 'gzip'),
  taking('*', 'gzip'),
  taking('identity', undefined),
  taking('br, zstd', undefined),
  taking('gzip;q=0', undefined),
  taking('gzip;q=0, *', undefined),
  taking('*;q=0, gzip', 'gzip'),
  asked(
    'an answer too small to be compressed',
    stats(),
    { ...EMPTY, headers: { 'content-encoding': undefined } },
    {
      headers: { 'accept-encoding': 'gzip' },
    },
  ),
];

/** All of them; their titles differ. */
export const MISTAKEN_REQUESTS: readonly MistakenRequest[] = [
  ...PARAMETERS,
  ...OTHER_OPERATIONS,
  ...LISTS,
  ...FIELDS,
  ...SENT_AT,
  ...BODIES,
  ...METHODS,
  ...PATHS,
  ...TAGS,
  ...ENCODINGS,
];
