// The proxy that the component needs on the server of its page. It is all that a site has to write.

// Visitors see these peers, and no others that the key may read. A server with accounts asks who it is, too.
export const PEERS = new Set(['peer_support', 'peer_hr']);
/** However many visitors there are, the service is asked the same once in this time. */
const KEEP_MS = 2_000;
/** Visitors choose the query, and so how many questions there are. */
const MOST_KEPT = 100;
const NOT_ALLOWED = { status: 403, headers: {}, body: '' };
const NO_ANSWER = { status: 502, headers: {}, body: '' };

/**
 * Makes what answers the requests of pages by the service, and refuses what they have no need to ask.
 *
 * The key stays on the server. In the page, every visitor would have it.
 */
export function usageProxy({ key, serviceUrl, clock = () => performance.now(), answerWithinMs = 10_000 }) {
  const questions = new Map();
  let silentUntil = Number.NEGATIVE_INFINITY;

  /** Asks the service. Never fails: that there is no answer is an answer, too. */
  async function ask(target) {
    try {
      const response = await fetch(serviceUrl + target, {
        headers: { authorization: `Bearer ${key}` },
        signal: AbortSignal.timeout(answerWithinMs),
      });
      const body = Buffer.from(await response.arrayBuffer());
      if (response.status === 429) silentUntil = clock() + retryAfterMs(response);
      return { status: response.status, headers: passedOn(response), body };
    } catch {
      return NO_ANSWER;
    }
  }

  /** The service wants to be left alone: nobody asks, and pages are told for how long. */
  function tooManyRequests() {
    const seconds = Math.ceil((silentUntil - clock()) / 1_000);
    return {
      status: 429,
      headers: { 'cache-control': 'no-store', 'retry-after': String(seconds) },
      body: '',
    };
  }

  /** The answer that is being waited for, or was got a moment ago; else a new one. */
  function answerTo(target) {
    const known = questions.get(target);
    if (known !== undefined && clock() < known.until) return known.answer;
    if (clock() < silentUntil) return tooManyRequests();
    const question = { answer: ask(target), until: Number.POSITIVE_INFINITY };
    // The oldest come first in a map, and go first.
    questions.delete(target);
    questions.set(target, question);
    if (questions.size > MOST_KEPT) questions.delete(questions.keys().next().value);
    question.answer.then(({ status }) => {
      question.until = status === 200 ? clock() + KEEP_MS : clock();
    });
    return question.answer;
  }

  return async ({ method, url }, response) => {
    const target = method === 'GET' ? targetOf(url) : undefined;
    const { status, headers, body } = target === undefined ? NOT_ALLOWED : await answerTo(target);
    response.writeHead(status, headers).end(body);
  };
}

function targetOf(url) {
  if (url === '/channel-usage.js') return url;
  const [, question, peer] =
    /^\/usage(\/peer\/([^/?]+)\/channel-stats(?:\/trust)?(?:\?.*)?)$/.exec(url) ?? [];
  return PEERS.has(peer) ? `/api/v1${question}` : undefined;
}

/** No cache between here and the visitor may keep figures: the service says `no-store`. */
function passedOn({ headers }) {
  const names = ['content-type', 'cache-control', 'retry-after'];
  return Object.fromEntries(
    names.map((name) => [name, headers.get(name)]).filter(([, value]) => value !== null),
  );
}

function retryAfterMs({ headers }) {
  const seconds = headers.get('retry-after') ?? '';
  return /^\d{1,5}$/.test(seconds) ? Number(seconds) * 1_000 : 0;
}
