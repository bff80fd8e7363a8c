import { useMemo } from 'react';
import { ChannelName } from '../../components/name.tsx';
import { Swatch } from '../../components/swatch.tsx';
import { useEnvironment } from '../../environment.ts';
import type { EarlierPlan } from './earlier.ts';
import { type LegendSign, legendSigns } from './legend-signs.ts';
import type { Marks } from './marks.ts';
import type { Series, Stack } from './stack.ts';

export interface LegendProps {
  stack: Stack;
  marks: Marks;
  before: EarlierPlan | undefined;
  onChannel?: ((channelId: string) => void) | undefined;
}

/** What the colours of a chart are, from the bottom of a bar up, and all other signs in it. */
export function Legend({ stack, marks, before, onChannel }: LegendProps) {
  const { dates } = useEnvironment();
  const signs = useMemo(() => legendSigns(stack, marks, before, dates), [stack, marks, before, dates]);
  return (
    <ul className="legend">
      {stack.series.map((one) => (
        <li key={one.id}>
          <SeriesEntry series={one} onChannel={onChannel} />
        </li>
      ))}
      {signs.map(({ sign, text, days }) => (
        <li key={sign}>
          <SignSwatch sign={sign} />
          <span title={days}>{text}</span>
        </li>
      ))}
    </ul>
  );
}

function SignSwatch({ sign }: Pick<LegendSign, 'sign'>) {
  if (sign === 'earlier' || sign === 'finding') return <span className={`${sign}-swatch`} />;
  return <span className="incomplete-swatch" data-state={sign} />;
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
