import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import { ChannelName } from '../../components/name.tsx';
import { SeverityIcon } from '../../components/severity-icon.tsx';
import { Swatch } from '../../components/swatch.tsx';
import { useEnvironment } from '../../environment.ts';
import { NO_FIGURES_BEFORE, useDays } from './bar-words.ts';
import { type Mark, type Marks, markKey } from './marks.ts';
import type { Bar, EarlierFigure, Series } from './stack.ts';

export interface BarTooltipProps {
  bar: Bar;
  series: readonly Series[];
  interval: Interval;
  marks: Marks;
}

/** All about a bar: its parts from the top down, as they lie on each other. */
export function BarTooltip({ bar, series, interval, marks }: BarTooltipProps) {
  const { formats } = useEnvironment();
  const days = useDays(interval);
  return (
    <div className="bar-tooltip">
      <p className="bar-tooltip-title">
        {days(bar)}
        {bar.incomplete !== undefined && ` (${bar.incomplete})`}
      </p>
      <ul>
        {series
          .map((one, index) => ({ one, figure: bar.values[index] ?? 0 }))
          .filter(({ figure }) => figure > 0)
          .reverse()
          .map(({ one, figure }) => (
            <li key={one.id}>
              <Swatch color={one.color} />
              <ChannelName className="one-line" of={one} />
              <span className="bar-tooltip-figure">{formats.count(figure)}</span>
            </li>
          ))}
        <li className="bar-tooltip-total">
          <span>Total</span>
          <span className="bar-tooltip-figure">{formats.count(bar.total)}</span>
        </li>
        {bar.earlier !== undefined && <Earlier earlier={bar.earlier} interval={interval} />}
        {marks.byBar.get(bar.start)?.map((mark) => (
          <MarkLine key={markKey(mark)} mark={mark} />
        ))}
      </ul>
    </div>
  );
}

function Earlier({ earlier, interval }: { earlier: EarlierFigure; interval: Interval }) {
  const { formats } = useEnvironment();
  const days = useDays(interval);
  return (
    <li className="bar-tooltip-earlier">
      <span className="earlier-swatch" />
      <span>{days(earlier)}</span>
      <span className="bar-tooltip-figure">
        {earlier.total === undefined ? NO_FIGURES_BEFORE : formats.count(earlier.total)}
      </span>
    </li>
  );
}

function MarkLine({ mark: { severity, found, channel } }: { mark: Mark }) {
  return (
    <li className="bar-tooltip-mark" data-severity={severity}>
      <SeverityIcon severity={severity} />
      <span className="one-line">
        {found}: <ChannelName of={channel} />
      </span>
    </li>
  );
}
