import { useMemo } from 'react';
import { ChannelName } from '../../components/name.tsx';
import { Swatch } from '../../components/swatch.tsx';
import { useEnvironment } from '../../environment.ts';
import { NO_FIGURES_BEFORE } from './bar-words.ts';
import { beforeInWords, type EarlierPlan } from './earlier.ts';
import type { Marks } from './marks.ts';
import { INCOMPLETE, type Series, type Stack } from './stack.ts';

export interface LegendProps {
  stack: Stack;
  marks: Marks;
  before: EarlierPlan | undefined;
  onChannel?: ((channelId: string) => void) | undefined;
}

/** What the colours of a chart are, from the bottom of a bar up, and all other signs in it. */
export function Legend({ stack: { series, bars }, marks, before, onChannel }: LegendProps) {
  const { dates } = useEnvironment();
  const incomplete = useMemo(() => new Set(bars.map((bar) => bar.incomplete)), [bars]);
  const hasEarlier = bars.some(({ earlier }) => earlier?.total !== undefined);
  const isCompared = bars.some(({ earlier }) => earlier !== undefined);
  return (
    <ul className="legend">
      {series.map((one) => (
        <li key={one.id}>
          <SeriesEntry series={one} onChannel={onChannel} />
        </li>
      ))}
      {INCOMPLETE.filter((state) => incomplete.has(state)).map((state) => (
        <li key={state}>
          <span className="incomplete-swatch" data-state={state} />
          <span>{state}</span>
        </li>
      ))}
      {isCompared && before !== undefined && (
        <li>
          <span className="earlier-swatch" />
          <span title={dates.range(before)}>
            {hasEarlier ? beforeInWords(before) : `${NO_FIGURES_BEFORE} (${dates.range(before)})`}
          </span>
        </li>
      )}
      {marks.byBar.size > 0 && (
        <li>
          <span className="finding-swatch" />
          <span>finding</span>
        </li>
      )}
    </ul>
  );
}

function SeriesEntry({ series, onChannel }: { series: Series } & Pick<LegendProps, 'onChannel'>) {
  const { formats } = useEnvironment();
  const { channel, color, total } = series;
  const entry = (
    <>
      <Swatch color={color} />
      <ChannelName className="one-line" of={series} />{' '}
      <span className="legend-total">{formats.count(total)}</span>
    </>
  );
  if (channel === undefined || onChannel === undefined) return entry;
  return (
    <button type="button" className="legend-button" onClick={() => onChannel(channel)}>
      {entry}
    </button>
  );
}
