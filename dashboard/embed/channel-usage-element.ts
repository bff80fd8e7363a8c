import { trustAsker, type UsageTrust } from './ask-for-trust.ts';
import { askForUsage, type Outcome } from './ask-for-usage.ts';
import { emptyNote, LOADING, problemNote, rangeText, staleNote } from './card-notes.ts';
import { SharedAnswers } from './shared-answers.ts';
import { tokenFetch } from './token-fetch.ts';
import { trustNotes } from './trust-notes.ts';
import { trustAddress, type UsageAttributes, usageAddress } from './usage-address.ts';
import { UsageCard } from './usage-card.ts';

/** After so long without an answer there will be none. */
const ANSWER_WITHIN_MS = 20_000;

const BROWSER = { pause, random: Math.random, clock: () => performance.now() };

/** Where the script came from, as long as it is read for the first time; nothing for one that is a module. */
const SCRIPT = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : undefined;

const send = tokenFetch((input, init) => fetch(input, init), Date.now);

/** All elements of the page ask through these two. */
const usageOfPage = new SharedAnswers({
  ...BROWSER,
  refreshMs: 5_000,
  ask: (url, signal) => askForUsage(url, send, inTime(signal)),
});
const askForTrust = trustAsker(send);
const trustOfPage = new SharedAnswers({
  ...BROWSER,
  refreshMs: 30_000,
  ask: (url, signal) => askForTrust(url, inTime(signal)),
});

/**
 * `<channel-usage peer="…" src="…">`: the Channel Usage card of a peer, for other people's pages.
 *
 * - `peer` names the peer, and `src` the address of a proxy on the page's own server, which has the API key:
 *   the element asks `GET {src}/peer/{peer}/channel-stats`. No attribute takes a key.
 * - `token-src` stands for a proxy: an address on the page's own server that answers `{"token","expiresAt"}`, an embed
 *   token. The element asks for it with the cookies of the page's origin, and then asks the API itself: that of the
 *   service that the script came from, or at `src`, such as `https://SERVICE/api/v1`.
 * - `from` and `to`, days such as `2026-11-22`, restrict the figures to a range, both included.
 * - `heading` stands in place of "Channel Usage".
 *
 * It asks again every five seconds while it can be seen; elements of a page that show the same share the
 * question. Each answer is announced by an event `channel-usage-loaded` with the figures as its detail, each
 * failure by `channel-usage-error` with `{problem}`; both bubble.
 *
 * Every half a minute it asks `GET {src}/peer/{peer}/channel-stats/trust` as well, and says up to when the figures
 * are complete. A proxy need not pass that on, and it is announced by no event.
 */
export class ChannelUsageElement extends HTMLElement {
  static readonly observedAttributes = ['peer', 'src', 'token-src', 'from', 'to', 'heading'];

  readonly #card = new UsageCard(this.attachShadow({ mode: 'open' }));
  readonly #sight = new IntersectionObserver((entries) => {
    this.#isOnScreen = entries.at(-1)?.isIntersecting ?? false;
    this.#follow();
  });
  readonly #follow = () => this.#followWhileSeen();
  #isOnScreen = false;
  #endFollowing: (() => void) | undefined;
  /** What is shown, or else why nothing is. */
  #outcome: Outcome | undefined;
  #hasFigures = false;
  /** How far the figures may be trusted, where that is known. */
  #trust: UsageTrust | undefined;

  connectedCallback(): void {
    this.#sight.observe(this);
    document.addEventListener('visibilitychange', this.#follow);
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#sight.disconnect();
    document.removeEventListener('visibilitychange', this.#follow);
    this.#isOnScreen = false;
    this.#follow();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (name === 'heading') this.#showHeading();
    else this.#begin();
  }

  /** Begins anew: figures of other attributes say nothing about these. */
  #begin(): void {
    this.#outcome = undefined;
    this.#trust = undefined;
    this.#showHeading();
    this.#showInstead(LOADING);
    this.#follow();
  }

  /** Ends the following that is under way, and begins it where the element can be seen. */
  #followWhileSeen(): void {
    this.#endFollowing?.();
    this.#endFollowing = undefined;
    if (!this.#isOnScreen || document.hidden) return;
    const address = usageAddress(this.#attributes(), document.baseURI, SCRIPT);
    if ('mistake' in address) {
      this.#showInstead(address.mistake);
      return;
    }
    const { url } = address;
    const ends = [
      usageOfPage.follow(url, (outcome) => this.#show(outcome)),
      trustOfPage.follow(trustAddress(url), (outcome) => {
        // What was known stays true while nothing newer can be had.
        if (!('problem' in outcome)) this.#trust = outcome.trust;
        this.#showTrust();
      }),
    ];
    this.#endFollowing = () => {
      for (const end of ends) end();
    };
  }

  #show(outcome: Outcome): void {
    // It is told again to an element that comes into view again.
    if (outcome === this.#outcome) return;
    this.#outcome = outcome;
    if ('usage' in outcome) {
      const { usage } = outcome;
      const attributes = this.#attributes();
      this.#hasFigures = true;
      this.#card.showNote(usage.channels.length === 0 ? emptyNote(attributes) : '');
      this.#card.showUsage(usage, rangeText(attributes), this.#locale());
      this.#showTrust();
      this.#announce('channel-usage-loaded', usage);
      return;
    }
    const { problem } = outcome;
    // What a reader may no longer see does not stay on the screen.
    if (problem === 'not-allowed' || !this.#hasFigures) this.#showInstead(problemNote(problem));
    else this.#card.showNote(staleNote(problem));
    this.#announce('channel-usage-error', { problem });
  }

  #showInstead(note: string): void {
    this.#hasFigures = false;
    this.#card.clear();
    this.#card.showNote(note);
  }

  #showTrust(): void {
    if (this.#hasFigures) this.#card.showTrust(this.#trust && trustNotes(this.#trust, this.#locale()));
  }

  #showHeading(): void {
    this.#card.showHeading(this.getAttribute('heading') || 'Channel Usage');
  }

  #attributes(): UsageAttributes {
    return {
      peer: this.getAttribute('peer'),
      src: this.getAttribute('src'),
      tokenSrc: this.getAttribute('token-src'),
      from: this.getAttribute('from'),
      to: this.getAttribute('to'),
    };
  }

  /** The language of the text around the element; where the page does not say it, the reader's. */
  #locale(): string {
    const around = this.closest('[lang]') ?? document.documentElement;
    return around.getAttribute('lang') || navigator.language;
  }

  #announce(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

/** Aborts as another signal does, and when there will be no answer. */
function inTime(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
}

/** Waits, at most until the signal says otherwise. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
