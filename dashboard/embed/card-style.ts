/**
 * The style sheet of the card. A page changes colours and corners by custom properties, and the scheme by
 * `color-scheme` on the element, which beats what is said here of the host. The rest, such as the font, is
 * the page's, down to what a card cannot do with.
 */
export const CARD_STYLE = `
:host {
  display: block;
  color-scheme: light dark;
}
:host([hidden]) {
  display: none;
}
* {
  box-sizing: border-box;
  margin: 0;
  padding: 0;
}
.card {
  --text: var(--channel-usage-text, light-dark(#1f2328, #e6edf3));
  --quiet: var(--channel-usage-quiet, light-dark(#57606a, #9da7b3));
  --line: var(--channel-usage-line, light-dark(#d0d7de, #373e47));
  --track: var(--channel-usage-track, light-dark(#e9ecef, #2d333b));
  padding: 1.1em 1.2em 1.2em;
  border: 1px solid var(--line);
  border-radius: var(--channel-usage-radius, 0.6em);
  color: var(--text);
  background: var(--channel-usage-background, light-dark(#ffffff, #1c2128));
  font-style: normal;
  font-weight: 400;
  line-height: 1.45;
  letter-spacing: normal;
  text-align: start;
  text-transform: none;
  white-space: normal;
  overflow-wrap: anywhere;
}
.header,
.title {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.25em 0.55em;
}
.header {
  justify-content: space-between;
}
.heading {
  font-size: 1.15em;
  font-weight: 650;
  line-height: 1.3;
}
.total {
  padding: 0.15em 0.7em;
  border-radius: 1em;
  background: var(--track);
  font-size: 0.85em;
  font-weight: 600;
}
.total,
.figures,
.further {
  font-variant-numeric: tabular-nums;
}
.range,
.note,
.further,
.id,
.title svg,
.unused .figures {
  color: var(--quiet);
}
.range,
.note,
.further,
.id {
  font-size: 0.85em;
}
.range {
  margin-top: 0.25em;
}
.note:not(:empty) {
  margin-top: 0.6em;
}
.total:empty,
.range:empty,
.id:empty,
.channels:empty {
  display: none;
}
.channels {
  display: grid;
  gap: 1.1em;
  margin-top: 1.1em;
  list-style: none;
}
.title svg {
  flex: none;
  width: 1.25em;
  height: 1.25em;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.7;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.label {
  flex: 1 1 6em;
  min-width: 0;
}
.name {
  font-weight: 600;
}
.figures {
  margin-inline-start: auto;
}
.bar {
  height: 0.55em;
  margin: 0.4em 0 0.3em;
  border-radius: 1em;
  background: var(--track);
  overflow: hidden;
}
.fill {
  height: 100%;
  border-radius: inherit;
  background: var(--channel-usage-bar, var(--color));
}
@media (prefers-reduced-motion: no-preference) {
  .fill {
    transition: width 0.3s;
  }
}
@media (forced-colors: active) {
  .bar {
    border: 1px solid;
  }
  .fill {
    forced-color-adjust: none;
    background: CanvasText;
  }
}
`;
