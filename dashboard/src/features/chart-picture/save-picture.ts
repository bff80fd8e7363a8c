import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import type { DateFormats } from '../../date-formats.ts';
import type { PageFormats } from '../../page-formats.ts';
import { downloadBlob } from '../channel-usage/download.ts';
import type { EarlierPlan } from '../over-time/earlier.ts';
import { legendSigns } from '../over-time/legend-signs.ts';
import type { Marks } from '../over-time/marks.ts';
import type { Stack } from '../over-time/stack.ts';
import { chartImage } from './chart-image.ts';
import { drawSwatch, type LegendEntry, type SchemeColors, SWATCH } from './draw-legend.ts';
import {
  inRows,
  nameThatFits,
  type PictureSubject,
  pictureFileName,
  pictureLines,
  shownDays,
} from './picture-text.ts';

/** All that a picture of a chart says beside the chart itself. */
export interface Pictured {
  title: string;
  stack: Stack;
  interval: Interval;
  marks: Marks;
  /** What the bars are compared with. */
  before: EarlierPlan | undefined;
  subject: PictureSubject;
}

export interface Formats {
  formats: PageFormats;
  dates: DateFormats;
}

/** How many pixels of the picture one of the page is. */
const SCALE = 2;
/** In pixels of the page. */
const PADDING = 24;
const TITLE = { size: 18, height: 28 };
const LINE = { size: 13, height: 20 };
const LEGEND = { above: 10, below: 12, gap: 16, widestName: 240 };
const AFTER_SWATCH = 6;

/**
 * Lets the reader save a chart as a PNG, drawn in the browser in the colours in which it is shown.
 *
 * @throws Error where the browser does not draw it
 */
export async function savePicture(chart: SVGSVGElement, pictured: Pictured, formats: Formats): Promise<void> {
  const drawn = await chartImage(chart, PADDING, SCALE);
  const element = document.createElement('canvas');
  const canvas = element.getContext('2d');
  if (canvas === null) throw new Error('the browser gives no canvas');
  const pen: Pen = { canvas, colors: schemeColors(chart), font: getComputedStyle(chart).fontFamily };
  const room = drawn.width - 2 * PADDING;
  const lines = linesThatFit(pen, pictured, formats, room);
  const entries = legendEntries(pen, pictured, formats, room);
  const places = inRows(
    entries.map((entry) => entryWidth(pen, entry)),
    { room, gap: LEGEND.gap },
  );
  const legendTop = PADDING + TITLE.height + lines.length * LINE.height + LEGEND.above;
  const chartTop = legendTop + ((places.at(-1)?.row ?? -1) + 1) * LINE.height + LEGEND.below;
  // What is drawn below has the state that a canvas has after its size is set.
  element.width = Math.round(drawn.width * SCALE);
  element.height = Math.round((chartTop + drawn.height - PADDING) * SCALE);
  canvas.scale(SCALE, SCALE);
  canvas.fillStyle = pen.colors.surface;
  canvas.fillRect(0, 0, element.width, element.height);
  canvas.textBaseline = 'middle';
  canvas.direction = 'ltr';
  write(pen, pictured.title, { x: PADDING, y: PADDING + TITLE.height / 2 }, 'title');
  for (const [index, line] of lines.entries()) {
    const y = PADDING + TITLE.height + (index + 0.5) * LINE.height;
    write(pen, line, { x: PADDING, y }, index === 0 ? 'text' : 'muted');
  }
  for (const [index, { x, row }] of places.entries()) {
    const at = { x: PADDING + x, y: legendTop + (row + 0.5) * LINE.height };
    const entry = entries[index];
    if (entry !== undefined) drawEntry(pen, entry, at);
  }
  canvas.drawImage(drawn.image, 0, chartTop - PADDING, drawn.width, drawn.height);
  downloadBlob(pictureFileName(pictured.subject), await pngOf(element));
}

interface Pen {
  canvas: CanvasRenderingContext2D;
  colors: SchemeColors;
  /** The families of the page's font. */
  font: string;
}

type Voice = 'title' | 'text' | 'muted';

function speakAs({ canvas, colors, font }: Pen, voice: Voice): void {
  canvas.font = voice === 'title' ? `650 ${TITLE.size}px ${font}` : `${LINE.size}px ${font}`;
  canvas.fillStyle = voice === 'muted' ? colors.muted : colors.text;
}

function write(pen: Pen, text: string, { x, y }: { x: number; y: number }, voice: Voice): void {
  speakAs(pen, voice);
  pen.canvas.fillText(text, x, y);
}

function widthOf(pen: Pen, text: string): number {
  speakAs(pen, 'text');
  return pen.canvas.measureText(text).width;
}

function linesThatFit(
  pen: Pen,
  { subject, stack, interval }: Pictured,
  { dates }: Formats,
  room: number,
): string[] {
  const rangeText = dates.range(shownDays(subject, stack));
  return pictureLines(subject, interval, rangeText, (text) => widthOf(pen, text) <= room);
}

function legendEntries(
  pen: Pen,
  { stack, marks, before }: Pictured,
  { formats, dates }: Formats,
  room: number,
): LegendEntry[] {
  return [
    ...stack.series.map((series) => {
      const figure = ` ${formats.count(series.total)}`;
      const most = Math.min(LEGEND.widestName, room - SWATCH - AFTER_SWATCH - widthOf(pen, figure));
      const text = nameThatFits(series, (name) => widthOf(pen, name) <= most);
      return { swatch: { color: series.color }, text, figure };
    }),
    ...legendSigns(stack, marks, before, dates).map(({ sign, text }) => ({ swatch: sign, text })),
  ];
}

function entryWidth(pen: Pen, { text, figure = '' }: LegendEntry): number {
  return SWATCH + AFTER_SWATCH + widthOf(pen, text) + widthOf(pen, figure);
}

function drawEntry(
  pen: Pen,
  { swatch, text, figure }: LegendEntry,
  { x, y }: { x: number; y: number },
): void {
  drawSwatch(pen.canvas, swatch, { x, y }, pen.colors);
  const textAt = x + SWATCH + AFTER_SWATCH;
  write(pen, text, { x: textAt, y }, 'text');
  if (figure !== undefined) write(pen, figure, { x: textAt + widthOf(pen, text), y }, 'muted');
}

function schemeColors(chart: SVGSVGElement): SchemeColors {
  const style = getComputedStyle(chart);
  const color = (name: keyof SchemeColors) => style.getPropertyValue(`--${name}`).trim();
  return {
    surface: color('surface'),
    text: color('text'),
    muted: color('muted'),
    edge: color('edge'),
    warning: color('warning'),
  };
}

function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error('the browser gives no picture of the canvas'));
      else resolve(blob);
    }, 'image/png');
  });
}
