import { type PointerEvent, type ReactNode, useRef } from 'react';
import { createPortal } from 'react-dom';
import { usePlotArea } from 'recharts';
import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import { BarTooltip } from './bar-tooltip.tsx';
import type { Marks } from './marks.ts';
import type { Bar, Stack } from './stack.ts';
import { useScales } from './stacked-bars.tsx';

export interface BarChoiceProps {
  stack: Stack;
  interval: Interval;
  marks: Marks;
  /** The bar that is looked at. */
  chosen: Bar | undefined;
  /** What holds the tooltip: as large as the chart, and over it. */
  tooltipHost: HTMLElement | null;
  onChoose: (index: number | undefined) => void;
  onBar?: ((bar: Bar) => void) | undefined;
}

/** Lets a pointer choose a bar, and shows which one is chosen, with all about it. */
export function BarChoice({ stack, interval, marks, chosen, tooltipHost, onChoose, onBar }: BarChoiceProps) {
  const plot = usePlotArea();
  const scales = useScales();
  const touched = useRef<Bar>(undefined);
  if (plot === undefined || scales === undefined) return null;
  const { bars } = stack;
  const at = ({ clientX, currentTarget }: PointerEvent<SVGRectElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const index = Math.floor(((clientX - left) / width) * bars.length);
    return Math.max(0, Math.min(bars.length - 1, index));
  };
  const [from, to] = chosen === undefined ? [] : scales.band(chosen.start);
  return (
    <>
      {from !== undefined && to !== undefined && (
        <rect className="chosen-bar" x={from} y={plot.y} width={to - from} height={plot.height} />
      )}
      <rect
        className="bar-choice"
        data-leads={onBar !== undefined || undefined}
        x={plot.x}
        y={plot.y}
        width={plot.width}
        height={plot.height}
        onPointerDown={(event) => {
          // A finger has not been over the bar before: the first touch shows it, the next one leads to it.
          touched.current = event.pointerType === 'mouse' ? bars[at(event)] : chosen;
        }}
        onPointerMove={(event) => onChoose(at(event))}
        onPointerUp={(event) => {
          const index = at(event);
          const bar = bars[index];
          onChoose(index);
          if (event.button === 0 && bar !== undefined && bar === touched.current) onBar?.(bar);
        }}
        onPointerLeave={(event) => {
          if (event.pointerType === 'mouse') onChoose(undefined);
        }}
      />
      {chosen !== undefined &&
        from !== undefined &&
        to !== undefined &&
        tooltipHost !== null &&
        createPortal(
          <TooltipPlace from={from - plot.x} to={to - plot.x} width={plot.width} left={plot.x}>
            <BarTooltip bar={chosen} series={stack.series} interval={interval} marks={marks} />
          </TooltipPlace>,
          tooltipHost,
        )}
    </>
  );
}

interface TooltipPlaceProps {
  /** From where to where the bar reaches in the plot, in pixels. */
  from: number;
  to: number;
  width: number;
  /** Of the plot in the chart. */
  left: number;
  children: ReactNode;
}

/** Beside a bar, on the side with more room; over it, where there is too little on either. */
function TooltipPlace({ from, to, width, left, children }: TooltipPlaceProps) {
  const isBefore = from + to > width;
  const room = (pixels: number) => <span style={{ flex: `0 1 ${pixels + TOOLTIP_APART}px` }} />;
  return (
    <div className="tooltip-place" data-before={isBefore || undefined}>
      {!isBefore && room(left + to)}
      {children}
      {isBefore && room(width - from)}
    </div>
  );
}

const TOOLTIP_APART = 16;
