import createClient, { type Client } from 'openapi-fetch';
import { Caller, type CallOptions, type RetryOptions } from './caller.ts';
import type { ApiError } from './errors.ts';
import type {
  Channel,
  ChannelChange,
  ChannelList,
  ChannelStats,
  EmbedToken,
  EmbedTokenRequest,
  FingerprintPage,
  Health,
  HealthSettings,
  HealthSettingsChange,
  Key,
  ListedPeer,
  LookedUpMessages,
  Message,
  MessageToLookUp,
  Overview,
  operations,
  PeerList,
  PeerOverview,
  Proof,
  ProofKey,
  paths,
  RecordedMessages,
  ShareLinkList,
  ShareLinkRequest,
  ShareLinkWithKey,
  Trust,
  UsageGrowth,
  UsageHistory,
  UsageReport,
} from './generated/openapi.ts';
import { eachPage } from './pages.ts';
import { assertAccounted, recordAll, withSentAt } from './record-messages.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import { REAL_TIMING, type Timing } from './timing.ts';

/** The query parameters of an operation, by its `operationId`. */
export type Query<Operation extends keyof operations> = NonNullable<
  operations[Operation]['parameters']['query']
>;

/** How a client reaches a service. */
export interface ClientOptions {
  /** Where the service is: `https://usage.example.com`, with or without `/api/v1`. */
  url: string;
  /** An API key, the key of a share link, or an embed token. */
  key: string;
  /** In place of the `fetch` of the platform. */
  fetch?: typeof globalThis.fetch;
  /** How long one attempt may take, in milliseconds; 30,000 unless given. */
  timeoutMs?: number;
  retry?: RetryOptions;
  /** Time and chance in place of the real ones, for tests. */
  timing?: Partial<Timing>;
}

/**
 * A client of one service, with one key.
 *
 * @throws TypeError where the URL is none of http or https
 */
export function createChannelUsageClient(options: ClientOptions): ChannelUsageClient {
  return new ChannelUsageClient(options);
}

/**
 * The operations of the API, called as in its description, and lists as async iterations.
 *
 * Reading and recording is sent again, with growing waits, where it was refused for a while (429), failed in the
 * service (5xx), was not answered in time, or the answer was lost. All else is sent again after a 429 alone.
 *
 * Every method rejects with an `ApiError`, where the service refused, with an `UnreachableError`, where there was no
 * answer, or with the reason of the signal that it was given.
 */
export class ChannelUsageClient {
  readonly #api: Client<paths>;
  readonly #caller: Caller;
  readonly #timing: Timing;

  constructor({ url, key, fetch, timeoutMs = 30_000, retry = {}, timing = {} }: ClientOptions) {
    const baseUrl = serviceUrl(url);
    this.#timing = { ...REAL_TIMING, ...timing };
    this.#caller = new Caller(new URL(baseUrl).origin, timeoutMs, retry, this.#timing);
    this.#api = createClient<paths>({
      baseUrl,
      // Looked up at each call, as a page or a test may replace it.
      fetch: (request) => (fetch ?? globalThis.fetch)(request),
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
    });
  }

  /**
   * Records messages, up to 500 and 1 MB. Each counts once, however often it is sent. Those without `sentAt` are
   * sent now, by the clock here. What was `unavailable` is sent again, as the whole request is where it fails.
   *
   * After a lost answer, messages are among `duplicates` that this very call recorded.
   */
  async recordMessages(
    peerId: string,
    messages: readonly Message[],
    options: CallOptions = {},
  ): Promise<RecordedMessages> {
    const now = this.#timing.now();
    const dated = messages.map((message) => withSentAt(message, now));
    const send = (part: Message[]) =>
      this.#caller.call('any', options, async (signal) => {
        const init = { params: { path: { peerId } }, body: { messages: part }, signal };
        const answer = await this.#api.POST('/api/v1/peer/{peerId}/messages', init);
        assertAccounted(answer.data, part.length);
        return answer;
      });
    const backOff = (error: ApiError, failures: number) => this.#caller.backOff(error, failures, options);
    return recordAll(dated, this.#caller.attempts, send, backOff);
  }

  /** Makes a recorder, which records messages of one peer as they come, many in a request. */
  recorder(options: RecorderOptions): Recorder {
    return new Recorder((messages) => this.recordMessages(options.peerId, messages), this.#timing, options);
  }

  /** Says of up to 500 messages whether they are counted, and why not. */
  lookUpMessages(
    peerId: string,
    messages: readonly MessageToLookUp[],
    options: CallOptions = {},
  ): Promise<LookedUpMessages> {
    const body = { messages: [...messages] };
    return this.#caller.call('any', options, (signal) =>
      this.#api.POST('/api/v1/peer/{peerId}/messages/lookup', { params: { path: { peerId } }, body, signal }),
    );
  }

  /** How much each channel was used, in all or in a range of days. */
  getChannelStats(
    peerId: string,
    query: Query<'getChannelStats'> = {},
    options: CallOptions = {},
  ): Promise<ChannelStats> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats', { params: { path: { peerId }, query }, signal }),
    );
  }

  /** The same over time, by day, week or month. */
  getHistory(
    peerId: string,
    query: Query<'getHistory'> = {},
    options: CallOptions = {},
  ): Promise<UsageHistory> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/history', {
        params: { path: { peerId }, query },
        signal,
      }),
    );
  }

  /** Week over week. */
  getGrowth(peerId: string, query: Query<'getGrowth'> = {}, options: CallOptions = {}): Promise<UsageGrowth> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/growth', {
        params: { path: { peerId }, query },
        signal,
      }),
    );
  }

  /** The report on a month, or on everything. */
  getReport(peerId: string, query: Query<'getReport'> = {}, options: CallOptions = {}): Promise<UsageReport> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/report', {
        params: { path: { peerId }, query },
        signal,
      }),
    );
  }

  /** The report for a spreadsheet, without the byte order mark that a file of it begins with. */
  getReportCsv(
    peerId: string,
    query: Query<'getReportCsv'> = {},
    options: CallOptions = {},
  ): Promise<string> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/report.csv', {
        params: { path: { peerId }, query },
        parseAs: 'text',
        signal,
      }),
    );
  }

  /** The report as Markdown. */
  getReportMarkdown(
    peerId: string,
    query: Query<'getReportMarkdown'> = {},
    options: CallOptions = {},
  ): Promise<string> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/report.md', {
        params: { path: { peerId }, query },
        parseAs: 'text',
        signal,
      }),
    );
  }

  /** The report as a page of HTML. */
  getReportHtml(
    peerId: string,
    query: Query<'getReportHtml'> = {},
    options: CallOptions = {},
  ): Promise<string> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/report.html', {
        params: { path: { peerId }, query },
        parseAs: 'text',
        signal,
      }),
    );
  }

  /** Whether the figures may be believed, and up to when. */
  getTrust(peerId: string, options: CallOptions = {}): Promise<Trust> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/trust', { params: { path: { peerId } }, signal }),
    );
  }

  /** What needs attention. */
  getHealth(peerId: string, options: CallOptions = {}): Promise<Health> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/health', { params: { path: { peerId } }, signal }),
    );
  }

  /** Figures with the digests of their messages. */
  getProof(peerId: string, query: Query<'getProof'> = {}, options: CallOptions = {}): Promise<Proof> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/proof', {
        params: { path: { peerId }, query },
        signal,
      }),
    );
  }

  /** One page of the fingerprints of a day's messages on a channel; `fingerprints` goes through all. */
  getProofFingerprints(
    peerId: string,
    query: Query<'getProofFingerprints'>,
    options: CallOptions = {},
  ): Promise<FingerprintPage> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channel-stats/proof/fingerprints', {
        params: { path: { peerId }, query },
        signal,
      }),
    );
  }

  /** What the messages of a peer are hashed with. */
  getProofKey(peerId: string, options: CallOptions = {}): Promise<ProofKey> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/proof-key', { params: { path: { peerId } }, signal }),
    );
  }

  /** The channels of a peer. */
  listChannels(peerId: string, options: CallOptions = {}): Promise<ChannelList> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/channels', { params: { path: { peerId } }, signal }),
    );
  }

  /** Registers a channel, or changes what is said of it. */
  setChannel(
    peerId: string,
    channelId: string,
    change: ChannelChange,
    options: CallOptions = {},
  ): Promise<Channel> {
    return this.#caller.call('refused', options, (signal) =>
      this.#api.PUT('/api/v1/peer/{peerId}/channels/{channelId}', {
        params: { path: { peerId, channelId } },
        body: change,
        signal,
      }),
    );
  }

  /** The thresholds by which health is judged. */
  getHealthSettings(peerId: string, options: CallOptions = {}): Promise<HealthSettings> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/health-settings', { params: { path: { peerId } }, signal }),
    );
  }

  /** Sets thresholds by which health is judged. */
  setHealthSettings(
    peerId: string,
    change: HealthSettingsChange,
    options: CallOptions = {},
  ): Promise<HealthSettings> {
    return this.#caller.call('refused', options, (signal) =>
      this.#api.PUT('/api/v1/peer/{peerId}/health-settings', {
        params: { path: { peerId } },
        body: change,
        signal,
      }),
    );
  }

  /** The share links of a peer that work, without their keys. */
  listShareLinks(peerId: string, options: CallOptions = {}): Promise<ShareLinkList> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peer/{peerId}/share-links', { params: { path: { peerId } }, signal }),
    );
  }

  /** Makes a link that shows the figures of a peer to whoever has it. */
  makeShareLink(
    peerId: string,
    request: ShareLinkRequest = {},
    options: CallOptions = {},
  ): Promise<ShareLinkWithKey> {
    return this.#caller.call('refused', options, (signal) =>
      this.#api.POST('/api/v1/peer/{peerId}/share-links', {
        params: { path: { peerId } },
        body: request,
        signal,
      }),
    );
  }

  /** Ends a share link. */
  async revokeShareLink(peerId: string, id: string, options: CallOptions = {}): Promise<void> {
    await this.#caller.call('refused', options, async (signal) => {
      const init = { params: { path: { peerId, id } }, signal };
      const { error, response } = await this.#api.DELETE('/api/v1/peer/{peerId}/share-links/{id}', init);
      return { data: true, error, response };
    });
  }

  /** Makes a token that shows the figures of a peer for some minutes. */
  makeEmbedToken(
    peerId: string,
    request: EmbedTokenRequest = {},
    options: CallOptions = {},
  ): Promise<EmbedToken> {
    return this.#caller.call('refused', options, (signal) =>
      this.#api.POST('/api/v1/peer/{peerId}/embed-tokens', {
        params: { path: { peerId } },
        body: request,
        signal,
      }),
    );
  }

  /** One page of the peers that the key may read; `peers` goes through all. */
  listPeers(query: Query<'listPeers'> = {}, options: CallOptions = {}): Promise<PeerList> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peers', { params: { query }, signal }),
    );
  }

  /** One page of the overview of the peers that the key may read; `overview` goes through all. */
  getOverview(query: Query<'getOverview'> = {}, options: CallOptions = {}): Promise<Overview> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/peers/overview', { params: { query }, signal }),
    );
  }

  /** The figures of the peers that the key may read, as OpenMetrics text. */
  getMetrics(query: Query<'getMetrics'> = {}, options: CallOptions = {}): Promise<string> {
    return this.#caller.call('any', options, (signal) =>
      this.#api.GET('/api/v1/metrics', { params: { query }, parseAs: 'text', signal }),
    );
  }

  /** What the key may do. */
  getKey(options: CallOptions = {}): Promise<Key> {
    return this.#caller.call('any', options, (signal) => this.#api.GET('/api/v1/key', { signal }));
  }

  /** The OpenAPI document of the service. */
  getOpenApiDocument(options: CallOptions = {}): Promise<unknown> {
    return this.#caller.call<unknown>('any', options, (signal) =>
      this.#api.GET('/api/v1/openapi.json', { signal }),
    );
  }

  /** The reference of the API, a page of HTML. */
  getReferencePage(options: CallOptions = {}): Promise<string> {
    return this.#caller.call('any', options, (signal) => this.#api.GET('/docs', { parseAs: 'text', signal }));
  }

  /** All peers that the key may read. */
  async *peers(
    query: Omit<Query<'listPeers'>, 'cursor'> = {},
    options: CallOptions = {},
  ): AsyncGenerator<ListedPeer, void, undefined> {
    const pages = eachPage((cursor) => this.listPeers({ ...query, ...cursor }, options));
    for await (const { peers } of pages) yield* peers;
  }

  /** A row for each peer that the key may read, those first that need attention unless asked otherwise. */
  async *overview(
    query: Omit<Query<'getOverview'>, 'cursor'> = {},
    options: CallOptions = {},
  ): AsyncGenerator<PeerOverview, void, undefined> {
    const pages = eachPage((cursor) => this.getOverview({ ...query, ...cursor }, options));
    for await (const { peers } of pages) yield* peers;
  }

  /** The fingerprints of a day's messages on a channel. One of them may come twice. */
  async *fingerprints(
    peerId: string,
    query: Omit<Query<'getProofFingerprints'>, 'cursor'>,
    options: CallOptions = {},
  ): AsyncGenerator<string, void, undefined> {
    const pages = eachPage((cursor) => this.getProofFingerprints(peerId, { ...query, ...cursor }, options));
    for await (const { fingerprints } of pages) yield* fingerprints;
  }
}

function serviceUrl(url: string): string {
  const { protocol, origin, pathname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError(`${url} is no URL of http or https`);
  return origin + pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}
