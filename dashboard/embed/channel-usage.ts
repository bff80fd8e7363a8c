import { ChannelUsageElement } from './channel-usage-element.ts';

// A page that loads the script twice has the element once.
if (customElements.get('channel-usage') === undefined) {
  customElements.define('channel-usage', ChannelUsageElement);
}
