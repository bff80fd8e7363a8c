import * as z from 'zod';
import type { Answer, PostRequest } from '../../../functions/shared/sending/post.ts';

/** The stream that the fake knows. */
export const ANALYTICS_STREAM = {
  url: 'https://www.google-analytics.com/mp/collect',
  measurementId: 'G-TEST123456',
  secret: 'analytics-secret',
};

/** What is wrong with what is older than 72 hours. */
export const TOO_OLD = 'it is older than 72 hours';

const MOST_BYTES = 130_000;
const OLDEST_MS = 72 * 3_600_000;
const RESERVED = /^(_|firebase_|ga_|google_)|^(error|session_start|first_visit|user_engagement)$/;

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/)
  .refine((text) => !RESERVED.test(text), 'is reserved');
const params = z
  .record(name, z.union([z.string().max(100), z.number()]))
  .refine((given) => Object.keys(given).length <= 25, 'are more than 25');

const request = z.object({
  client_id: z.string().regex(/^[1-9]\d*\.[1-9]\d*$/),
  timestamp_micros: z.int(),
  validation_behavior: z.literal('ENFORCE_RECOMMENDATIONS'),
  events: z.array(z.strictObject({ name, params })).min(1).max(25),
});

/** An event as Google Analytics has it. */
export interface AnalyticsStoredEvent {
  clientId: string;
  name: string;
  instant: number;
  params: Record<string, string | number>;
}

/** A fake of the Measurement Protocol: it says 204 to everything, and takes what breaks no limit, as often as it comes. */
export class FakeGoogleAnalytics {
  readonly taken: AnalyticsStoredEvent[] = [];
  /** What was wrong with each request that was not taken. */
  readonly ignored: string[] = [];
  requests = 0;
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  answer(url: string, { body }: PostRequest): Answer {
    const { origin, pathname, searchParams } = new URL(url);
    const problem = this.#problemOf(Buffer.from(body).toString());
    if (pathname === '/debug/mp/collect') {
      const validationMessages =
        problem === undefined
          ? []
          : [{ fieldPath: 'events', description: problem, validationCode: 'VALUE_INVALID' }];
      return { status: 200, headers: {}, body: JSON.stringify({ validationMessages }) };
    }
    this.requests += 1;
    const isKnown =
      origin + pathname === ANALYTICS_STREAM.url &&
      searchParams.get('measurement_id') === ANALYTICS_STREAM.measurementId &&
      searchParams.get('api_secret') === ANALYTICS_STREAM.secret;
    const reason = isKnown ? problem : 'wrong address, measurement id or secret';
    if (reason === undefined) this.#take(Buffer.from(body).toString());
    else this.ignored.push(reason);
    return { status: 204, headers: {}, body: '' };
  }

  #problemOf(text: string): string | undefined {
    if (Buffer.byteLength(text) >= MOST_BYTES) return 'the body is too large';
    const { data, error } = request.safeParse(JSON.parse(text));
    if (data === undefined) return z.prettifyError(error);
    const age = this.#clock() - data.timestamp_micros / 1_000;
    return age > OLDEST_MS ? TOO_OLD : undefined;
  }

  #take(text: string): void {
    const { client_id: clientId, timestamp_micros: micros, events } = request.parse(JSON.parse(text));
    this.taken.push(...events.map((one) => ({ clientId, instant: micros / 1_000, ...one })));
  }
}
