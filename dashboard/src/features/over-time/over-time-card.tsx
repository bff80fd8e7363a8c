import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import type { DayRange, Interval } from '../../../../functions/shared/domain/interval.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { LoadBoundary } from '../../components/load-boundary.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { PictureButton, PictureOutcome } from '../chart-picture/picture-button.tsx';
import type { PictureSubject } from '../chart-picture/picture-text.ts';
import { useChartPicture } from '../chart-picture/use-chart-picture.ts';
import './over-time.css';
import { CHART_HEIGHT } from './chart-height.ts';
import { chartQuery } from './chart-query.ts';
import type { EarlierPlan } from './earlier.ts';
import { Legend } from './legend.tsx';
import type { Marks } from './marks.ts';
import type { Bar, Stack } from './stack.ts';
import { StackTable } from './stack-table.tsx';
import type { StackedChartProps } from './stacked-chart.tsx';

export interface OverTimeCardProps {
  title: string;
  /** What the figures are, as in "messages". */
  noun: string;
  stack: Stack;
  /** How the bars are divided. */
  interval: Interval;
  marks: Marks;
  /** What the bars are compared with. */
  before: EarlierPlan | undefined;
  /** What a picture of the chart says of it. */
  subject: PictureSubject;
  isStale: boolean;
  /** Whether it comes first where there is one column. */
  leads?: boolean;
  controls?: ReactNode;
  note: string;
  staleNote: ReactNode;
  /** The days that the rest of the page shows alone, where that is not all of them. */
  alone: DayRange | undefined;
  onBar?: ((bar: Bar) => void) | undefined;
  onChannel?: ((channelId: string) => void) | undefined;
}

/** Figures over time, stacked by channel: as a chart, or as a table. */
export function OverTimeCard(props: OverTimeCardProps) {
  const { title, noun, stack, interval, marks, before, isStale, controls, note, staleNote } = props;
  const [asTable, setAsTable] = useState(false);
  const plot = useRef<HTMLDivElement>(null);
  const picture = useChartPicture(plot, { title, stack, interval, marks, before, subject: props.subject });
  const hasFigures = stack.bars.some(({ total }) => total > 0);
  return (
    <CardSection
      title={title}
      isBusy={isStale}
      leads={props.leads ?? false}
      controls={
        <>
          {hasFigures && !asTable && <PictureButton picture={picture} isDisabled={isStale} />}
          {controls}
          {hasFigures && (
            <Button variant="default" size="xs" onClick={() => setAsTable(!asTable)}>
              {asTable ? 'Show as chart' : 'Show as table'}
            </Button>
          )}
        </>
      }
    >
      {!hasFigures && <div className="empty">No {noun} in this time.</div>}
      {hasFigures && asTable && (
        <StackTable
          caption={`${title} by ${interval}, UTC`}
          stack={stack}
          interval={interval}
          marks={marks}
          before={before}
        />
      )}
      {hasFigures && !asTable && (
        <>
          <PictureOutcome picture={picture} />
          <Legend stack={stack} marks={marks} before={before} onChannel={props.onChannel} />
          <div ref={plot}>
            <LoadBoundary what="The chart">
              <LoadedChart
                label={`${title} by ${interval}, stacked by channel`}
                stack={stack}
                interval={interval}
                marks={marks}
                alone={props.alone}
                onBar={props.onBar}
              />
            </LoadBoundary>
          </div>
        </>
      )}
      <p className="card-note">{note}</p>
      {staleNote}
    </CardSection>
  );
}

/** The chart, as soon as what draws it is loaded. */
function LoadedChart(props: StackedChartProps) {
  const api = useApi();
  const { data: chart } = useQuery(chartQuery(api));
  if (chart === undefined) return <Waiting label="Loading the chart" height={CHART_HEIGHT} />;
  return <chart.StackedChart {...props} />;
}

const INTERVAL_LABELS: Record<Interval, string> = { day: 'Day', week: 'Week', month: 'Month' };

export interface IntervalSwitchProps {
  interval: Interval;
  onInterval: (interval: Interval) => void;
}

/** Chooses how time is divided. */
export function IntervalSwitch({ interval, onInterval }: IntervalSwitchProps) {
  return (
    <SegmentedControl<Interval>
      aria-label="Interval"
      size="xs"
      value={interval}
      onChange={onInterval}
      data={[
        { value: 'day', label: INTERVAL_LABELS.day },
        { value: 'week', label: INTERVAL_LABELS.week },
        { value: 'month', label: INTERVAL_LABELS.month },
      ]}
    />
  );
}
