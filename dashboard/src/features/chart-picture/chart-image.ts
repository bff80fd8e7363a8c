/** What the style sheets of the page say of a chart's parts. A picture does not know them. */
const PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'opacity',
  'visibility',
  'font-family',
  'font-size',
  'font-weight',
  'font-variant-numeric',
  'text-anchor',
] as const;

/** What shows where a pointer is, and not what the figures are. */
const NOT_PICTURED = '.chosen-bar, .bar-choice, .recharts-tooltip-cursor';

export interface ChartImage {
  image: HTMLImageElement;
  /** In pixels of the page, with what stands out around the chart. */
  width: number;
  height: number;
}

/**
 * A chart as an image of its own, as it looks now.
 *
 * @param around how far its parts may stand out of it, in pixels
 * @param scale how many pixels of the image one of the page is
 */
export async function chartImage(chart: SVGSVGElement, around: number, scale: number): Promise<ChartImage> {
  const size = chart.getBoundingClientRect();
  const [width, height] = [size.width + 2 * around, size.height + 2 * around];
  const copy = styledCopy(chart);
  copy.setAttribute('viewBox', `${-around} ${-around} ${width} ${height}`);
  copy.setAttribute('width', `${width * scale}`);
  copy.setAttribute('height', `${height * scale}`);
  const image = new Image();
  // The page's policy allows images of this kind, and no others that a page makes itself.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return { image, width, height };
}

function styledCopy(chart: SVGSVGElement): SVGSVGElement {
  const copy = chart.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new Error('the copy of a chart is none');
  const copies = copy.querySelectorAll('*');
  for (const [index, part] of chart.querySelectorAll('*').entries()) {
    const styled = copies[index];
    if (styled !== undefined) takeStyle(styled, getComputedStyle(part));
  }
  for (const part of copy.querySelectorAll(NOT_PICTURED)) part.remove();
  copy.removeAttribute('style');
  return copy;
}

/** As attributes: a policy may forbid styles within elements. */
function takeStyle(element: Element, style: CSSStyleDeclaration): void {
  for (const property of PROPERTIES) {
    const value = style.getPropertyValue(property);
    // What refers to a part of the chart is an attribute already.
    if (value !== '' && !value.startsWith('url')) element.setAttribute(property, value);
  }
  element.removeAttribute('style');
  element.removeAttribute('class');
}
