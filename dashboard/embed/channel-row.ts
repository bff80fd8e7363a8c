import { type DisplayName, plainName } from '../../functions/shared/domain/display-names.ts';
import { FURTHER_METRICS } from '../../functions/shared/domain/metrics.ts';
import { shownName } from '../../functions/shared/domain/name-in-text.ts';
import { CHANNEL_ICONS, channelKind } from '../shared/channel-icons.ts';
import type { Formats } from '../shared/formats.ts';
import type { ListedChannel } from './channel-usage-answer.ts';
import { create, setText } from './elements.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** How a row is shown. */
export interface RowStyle {
  formats: Formats;
  /** Of the bar. */
  color: string;
  displayName: DisplayName;
}

/** The row of one channel. */
export class ChannelRow {
  readonly element = create('li', 'channel');
  readonly #icon = document.createElementNS(SVG, 'svg');
  readonly #lines = document.createElementNS(SVG, 'path');
  readonly #name = create('bdi', 'name');
  readonly #id = create('bdi', 'id');
  readonly #figures = create('span', 'figures');
  readonly #bar = create('div', 'bar');
  readonly #fill = create('div', 'fill');
  readonly #further = create('p', 'further');

  constructor() {
    this.#icon.ariaHidden = 'true';
    this.#icon.append(this.#lines);
    this.#bar.role = 'progressbar';
    this.#bar.ariaValueMin = '0';
    this.#bar.ariaValueMax = '100';
    this.#bar.append(this.#fill);
    const label = create('div', 'label');
    label.append(this.#name, ' ', this.#id);
    const title = create('div', 'title');
    title.append(this.#icon, label, this.#figures);
    this.element.append(title, this.#bar, this.#further);
  }

  show(channel: ListedChannel, { formats, color, displayName }: RowStyle): void {
    const { messageCount, percentage } = channel;
    const { viewBox, path } = CHANNEL_ICONS[channelKind(channel)];
    const share = formats.share(percentage);
    this.#icon.setAttribute('viewBox', viewBox);
    this.#lines.setAttribute('d', path);
    setText(this.#name, shownName(displayName.name));
    setText(this.#id, shownName(displayName.channelId ?? ''));
    setText(this.#figures, messageCount === 0 ? 'no messages' : `${formats.count(messageCount)} (${share})`);
    const further = FURTHER_METRICS.map((metric) => formats.counted(channel[metric.field], metric));
    setText(this.#further, further.join(' · '));
    this.element.classList.toggle('unused', messageCount === 0);
    this.#bar.ariaLabel = `${plainName(displayName)}: share of messages`;
    this.#bar.ariaValueNow = String(percentage);
    this.#bar.ariaValueText = share;
    this.#fill.style.width = `${percentage}%`;
    this.#fill.style.setProperty('--color', color);
  }
}
