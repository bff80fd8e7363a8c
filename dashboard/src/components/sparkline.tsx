import './sparkline.css';

export interface SparklineProps {
  /** One figure a day, the earliest first. */
  values: readonly number[];
}

const WIDTH = 120;
const HEIGHT = 28;
/** Half of the line's width, so that no end of it is cut off. */
const EDGE = 1.5;

/** How figures went, at a glance. It is decoration: what it shows stands beside it in numbers, or in a table. */
export function Sparkline({ values }: SparklineProps) {
  const most = Math.max(...values, 1);
  const step = values.length > 1 ? (WIDTH - 2 * EDGE) / (values.length - 1) : 0;
  const points = values.map((value, index) => {
    const y = HEIGHT - EDGE - (value / most) * (HEIGHT - 2 * EDGE);
    return `${(EDGE + index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  const line = `M${points.join('L')}`;
  const isEmpty = values.every((value) => value === 0);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      data-empty={isEmpty || undefined}
    >
      {!isEmpty && <path className="sparkline-area" d={`${line}V${HEIGHT}H${EDGE}Z`} />}
      <path className="sparkline-line" d={line} />
    </svg>
  );
}
