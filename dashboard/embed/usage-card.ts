import { displayNames } from '../../functions/shared/domain/display-names.ts';
import { MESSAGES } from '../../functions/shared/domain/metrics.ts';
import { channelColors } from '../shared/channel-colors.ts';
import { formatsFor } from '../shared/formats.ts';
import CARD_STYLE from './card-style.css?inline';
import { ChannelRow } from './channel-row.ts';
import type { ChannelUsage } from './channel-usage-answer.ts';
import { create, setText } from './elements.ts';
import type { TrustNotes } from './trust-notes.ts';

// A style element would need the leave of the page's content security policy.
const STYLE = new CSSStyleSheet();
STYLE.replaceSync(CARD_STYLE);

/**
 * The card inside the component. Whatever comes from outside is set as text, never as markup. New figures
 * change the elements that are there, so that nothing flickers, and what is selected or read aloud stays.
 */
export class UsageCard {
  readonly #heading = create('h3', 'heading');
  readonly #total = create('span', 'total');
  readonly #range = create('p', 'range');
  readonly #note = create('p', 'note');
  readonly #missing = create('p', 'note missing');
  readonly #list = create('ul', 'channels');
  readonly #upTo = create('p', 'note');
  #rows = new Map<string, ChannelRow>();

  constructor(root: ShadowRoot) {
    root.adoptedStyleSheets = [STYLE];
    this.#heading.id = 'heading';
    this.#total.dataset['testid'] = 'total-messages';
    this.#note.role = 'status';
    this.#missing.role = 'status';
    // Safari takes a list without bullets for no list, unless it is told.
    this.#list.role = 'list';
    const header = create('header', 'header');
    header.append(this.#heading, this.#total);
    const card = create('section', 'card');
    card.setAttribute('aria-labelledby', this.#heading.id);
    card.append(header, this.#range, this.#note, this.#missing, this.#list, this.#upTo);
    root.append(card);
  }

  showHeading(heading: string): void {
    setText(this.#heading, heading);
  }

  /** Shows a note, or none where it is empty. Figures that are there stay. */
  showNote(note: string): void {
    setText(this.#note, note);
  }

  /**
   * @param range the days that the figures are of; empty for all
   * @param locale a BCP 47 tag, for the figures
   */
  showUsage({ channels, total }: ChannelUsage, range: string, locale: string): void {
    const formats = formatsFor(locale);
    const colors = channelColors(channels);
    const names = displayNames(channels);
    const earlier = this.#rows;
    this.#rows = new Map();
    for (const channel of channels) {
      const row = earlier.get(channel.channelId) ?? new ChannelRow();
      this.#rows.set(channel.channelId, row);
      row.show(channel, {
        formats,
        color: colors.get(channel.channelId) ?? '',
        displayName: names.get(channel.channelId) ?? { name: channel.channelName },
      });
    }
    setText(this.#total, formats.counted(total.messageCount, MESSAGES));
    setText(this.#range, range);
    this.#arrange();
  }

  /** Says how far the figures may be trusted, where that is known. */
  showTrust(notes?: TrustNotes): void {
    setText(this.#upTo, notes?.upTo ?? '');
    setText(this.#missing, notes?.missing ?? '');
  }

  /** Takes the figures away. */
  clear(): void {
    setText(this.#total, '');
    setText(this.#range, '');
    this.showTrust();
    this.#rows.clear();
    this.#arrange();
  }

  /** Puts the rows into the list, in their order; leaves it alone where it is right. */
  #arrange(): void {
    const rows = [...this.#rows.values()].map(({ element }) => element);
    const { children } = this.#list;
    if (rows.length === children.length && rows.every((row, index) => row === children[index])) return;
    this.#list.replaceChildren(...rows);
  }
}
