import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import type { Answer, PostRequest } from '../../../functions/shared/sending/post.ts';

/** The account that the fake accepts. */
export const MIXPANEL_ACCOUNT = {
  url: 'https://api.mixpanel.com/import',
  projectId: '1234567',
  username: 'svc.test',
  secret: 'mixpanel-secret',
};

const MOST_EVENTS = 2_000;

const event = z.object({
  event: z.string().min(1),
  properties: z.looseObject({
    time: z.int(),
    distinct_id: z.string().refine((id) => !PLACEHOLDERS.has(id.toLowerCase()), 'is a placeholder'),
    $insert_id: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,36}$/)
      .refine((id) => !PLACEHOLDERS.has(id.toLowerCase()), 'is a placeholder'),
    peer_id: z.string(),
    channel_id: z.string(),
    channel_name: z.string(),
    day: z.string(),
    message_count: z.int(),
    conversation_count: z.int(),
  }),
});

/** An event as Mixpanel has it. */
export type MixpanelEvent = z.output<typeof event>;

// Some of those that it takes for mistakes.
const PLACEHOLDERS = new Set([
  'anon',
  'anonymous',
  'nil',
  'none',
  'null',
  'n/a',
  'na',
  'undefined',
  'unknown',
  '0',
  '-1',
]);

/** A fake of the import of Mixpanel, as its documentation describes it. */
export class FakeMixpanel {
  /** Every event that was taken, however often. */
  readonly taken: MixpanelEvent[] = [];
  /** How many events came with each request. */
  readonly requests: number[] = [];
  mostBytes = 2 * 1024 * 1024;
  /** Says of some events why they are not taken. */
  refuse: (event: MixpanelEvent) => string | undefined = () => undefined;
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  answer(url: string, { headers, body }: PostRequest): Answer {
    const { origin, pathname, searchParams } = new URL(url);
    const isImport = origin + pathname === MIXPANEL_ACCOUNT.url && searchParams.get('strict') === '1';
    if (!isImport) return answered(404, {});
    if (!this.#isAccepted(headers, searchParams.get('project_id')))
      return answered(401, { error: 'Invalid credentials' });
    const text = plainBody(headers, body);
    if (text.length > this.mostBytes) return answered(413, { error: 'request exceeds max limit' });
    const events = z.array(z.unknown()).min(1).parse(JSON.parse(text.toString()));
    if (events.length > MOST_EVENTS) return answered(413, { error: 'request exceeds max limit' });
    this.requests.push(events.length);
    return this.#import(events);
  }

  #isAccepted({ authorization }: PostRequest['headers'], project: string | null): boolean {
    const { username, secret, projectId } = MIXPANEL_ACCOUNT;
    const expected = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
    return authorization === expected && project === projectId;
  }

  #import(events: readonly unknown[]): Answer {
    const failed = events.flatMap((given, index) => {
      const message = this.#take(given);
      return message === undefined ? [] : [{ index, field: 'properties', message }];
    });
    const imported = { num_records_imported: events.length - failed.length };
    if (failed.length === 0) return answered(200, { code: 200, ...imported, status: 'OK' });
    return answered(400, { code: 400, ...imported, failed_records: failed, status: 'Bad Request' });
  }

  /** @returns why an event is not taken */
  #take(given: unknown): string | undefined {
    const { data, error } = event.safeParse(given);
    if (data === undefined) return z.prettifyError(error);
    const instant = data.properties.time * 1_000;
    if (instant < Date.UTC(1971) || instant > this.#clock() + 3_600_000)
      return "'properties.time' is invalid";
    const reason = this.refuse(data);
    if (reason === undefined) this.taken.push(data);
    return reason;
  }

  /** What queries find: of equal events the latest. */
  shown(): MixpanelEvent[] {
    return latestBy(this.taken, ({ event: name, properties: { time, distinct_id, $insert_id } }) => [
      ...[name, time, distinct_id, $insert_id],
    ]);
  }

  /** What is left when events have been compacted, which looks at the day of an event alone. */
  compacted(): MixpanelEvent[] {
    return latestBy(this.shown(), ({ event: name, properties: { time, distinct_id, $insert_id } }) => [
      ...[name, Math.floor(time / 86_400), distinct_id, $insert_id],
    ]);
  }
}

function latestBy(
  events: readonly MixpanelEvent[],
  key: (event: MixpanelEvent) => unknown[],
): MixpanelEvent[] {
  return [...new Map(events.map((one) => [JSON.stringify(key(one)), one])).values()];
}

function plainBody(headers: PostRequest['headers'], body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  return headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
}

function answered(status: number, body: object): Answer {
  return { status, headers: {}, body: JSON.stringify(body) };
}
