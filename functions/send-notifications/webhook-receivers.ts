import { type Notification, parsePayload } from '../shared/domain/notification.ts';
import type { EpochMillis } from '../shared/domain/utc-day.ts';
import { type Answer, NoAnswerError, type Post } from '../shared/sending/post.ts';
import { notificationText } from './notification-text.ts';
import type { Outcome, Receiver } from './receiver.ts';
import { readRetryAfter } from './retry-schedule.ts';
import { slackMessage } from './slack-message.ts';
import { type SigningKeys, signedHeaders } from './webhook-signature.ts';

/** How long a webhook may take to answer, in milliseconds, as Standard Webhooks advise. */
const WEBHOOK_TIMEOUT_MS = 15_000;

const CONCURRENT_POSTS = 4;
/** Slack takes one message a second of each of its webhooks. */
const SLACK_PAUSE_MS = 1_000;

const HEADERS = { 'content-type': 'application/json', 'user-agent': 'channel-usage-analytics' };

/** A receiver of Standard Webhooks: it gets the payload as it was stored, to the byte, with a signature. */
export function standardWebhook(
  { name, url, keys }: { name: string; url: string; keys: SigningKeys },
  post: Post,
): Receiver {
  return {
    name,
    place: url,
    concurrency: CONCURRENT_POSTS,
    pauseMs: 0,
    tell: ({ id, payload: body }, at) =>
      outcomeOf(post, url, { ...HEADERS, ...signedHeaders(keys, { id, body, at }) }, body, at),
  };
}

/** An incoming webhook of Slack: it gets what people read. */
export function slackWebhook({ name, url }: { name: string; url: string }, post: Post): Receiver {
  return {
    name,
    place: url,
    concurrency: 1,
    pauseMs: SLACK_PAUSE_MS,
    tell: ({ payload }: Notification, at) => {
      const message = slackMessage(notificationText(parsePayload(payload)));
      return outcomeOf(post, url, HEADERS, JSON.stringify(message), at);
    },
  };
}

async function outcomeOf(
  post: Post,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  at: EpochMillis,
): Promise<Outcome> {
  try {
    return judged(await post(url, { headers, body, timeoutMs: WEBHOOK_TIMEOUT_MS }), at);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    return { kind: 'failed', problem: `no answer: ${error.message}`, isBusy: true };
  }
}

const GONE = 410;
const BUSY: readonly number[] = [429, 502, 503, 504];

function judged({ status, headers }: Answer, at: EpochMillis): Outcome {
  const answer = `answered ${status}`;
  if (status >= 200 && status < 300) return { kind: 'taken', answer };
  if (status === GONE) return { kind: 'unwanted', problem: `${answer}: it wants nothing any more` };
  if (status >= 300 && status < 400) {
    return { kind: 'failed', problem: `${answer}: redirects are not followed`, isBusy: false };
  }
  const retryAfterMs = readRetryAfter(headers['retry-after'], at);
  return {
    kind: 'failed',
    problem: answer,
    isBusy: BUSY.includes(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
