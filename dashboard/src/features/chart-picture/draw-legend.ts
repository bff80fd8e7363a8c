import type { LegendSign } from '../over-time/legend-signs.ts';

/** The colours of the page's scheme, as the canvas takes them. */
export interface SchemeColors {
  surface: string;
  text: string;
  muted: string;
  edge: string;
  warning: string;
}

export interface LegendEntry {
  /** The colour of a series, `#rrggbb`, or another sign in the chart. */
  swatch: { color: string } | LegendSign['sign'];
  text: string;
  /** After the text, quieter. */
  figure?: string;
}

export const SWATCH = 11;
const HATCH = 4;

/** Draws a swatch as the page's legend has it. @param y its middle */
export function drawSwatch(
  canvas: CanvasRenderingContext2D,
  swatch: LegendEntry['swatch'],
  { x, y }: { x: number; y: number },
  colors: SchemeColors,
): void {
  const top = y - SWATCH / 2;
  canvas.save();
  if (swatch === 'finding') {
    canvas.fillStyle = colors.warning;
    canvas.fill(new Path2D(`M${x} ${y - 4.5}h10l-5 9Z`));
  } else if (swatch === 'earlier') {
    canvas.fillStyle = colors.muted;
    canvas.fillRect(x, top, SWATCH, 2);
    canvas.globalAlpha = 0.18;
    canvas.fillRect(x, top + 2, SWATCH, SWATCH - 2);
  } else {
    drawBox(canvas, swatch, x, top, colors);
  }
  canvas.restore();
}

function drawBox(
  canvas: CanvasRenderingContext2D,
  swatch: Exclude<LegendEntry['swatch'], 'finding' | 'earlier'>,
  x: number,
  top: number,
  { muted, edge }: SchemeColors,
): void {
  const box = new Path2D();
  box.roundRect(x + 0.5, top + 0.5, SWATCH - 1, SWATCH - 1, 2.5);
  canvas.save();
  canvas.clip(box);
  if (swatch === 'so far') {
    canvas.strokeStyle = muted;
    canvas.lineWidth = HATCH / 2;
    for (let at = 0; at < 2 * SWATCH; at += Math.SQRT2 * HATCH) {
      canvas.stroke(new Path2D(`M${x + at} ${top}l${-SWATCH} ${SWATCH}`));
    }
  } else {
    canvas.fillStyle = swatch === 'cut by the range' ? muted : swatch.color;
    canvas.globalAlpha = swatch === 'cut by the range' ? 0.4 : 1;
    canvas.fill(box);
  }
  canvas.restore();
  canvas.strokeStyle = edge;
  canvas.stroke(box);
}
