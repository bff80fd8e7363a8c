import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type DayRange, lastPeriods } from '../../../../functions/shared/domain/interval.ts';
import { isUtcDay, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { useEnvironment } from '../../environment.ts';
import { daysOf, isRangePreset, RANGE_PRESETS, type RangeChoice } from '../../state/ranges.ts';
import './range-bar.css';

const CUSTOM = 'custom';
const CUSTOM_DAYS_AT_FIRST = 30;

export interface RangeBarProps {
  range: RangeChoice;
  today: UtcDay;
  onRange: (range: RangeChoice, how: 'push' | 'replace') => void;
}

/** Chooses the days that the figures are of. */
export function RangeBar({ range, today, onRange }: RangeBarProps) {
  const { dates } = useEnvironment();
  const days = daysOf(range, today);
  const choose = (choice: string) => {
    if (isRangePreset(choice)) onRange(choice, 'push');
    else onRange(days ?? lastPeriods(CUSTOM_DAYS_AT_FIRST, 'day', today), 'push');
  };
  return (
    <div className="range-bar">
      <NativeSelect
        label="Range"
        className="range-choice"
        value={typeof range === 'string' ? range : CUSTOM}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[
          ...RANGE_PRESETS.map(({ preset, label }) => ({ value: preset, label })),
          { value: CUSTOM, label: 'Custom' },
        ]}
      />
      {typeof range === 'object' ? (
        <CustomRange range={range} onRange={(chosen) => onRange(chosen, 'replace')} />
      ) : (
        <p className="range-days">
          {days === undefined ? 'All days, in UTC' : `${dates.range(days)}, in UTC`}
        </p>
      )}
    </div>
  );
}

/** While a year is typed, a date input tells of years such as 2 and 20. */
const EARLIEST = '2000-01-01';

function CustomRange({ range, onRange }: { range: DayRange; onRange: (range: DayRange) => void }) {
  const [draft, setDraft] = useState(range);
  const [shown, setShown] = useState(range);
  if (shown.from !== range.from || shown.to !== range.to) {
    // The Back button was used, or what was typed is shown by now.
    setShown(range);
    setDraft(range);
  }
  const isOutOfOrder = draft.from > draft.to;
  const change = (part: Partial<DayRange>) => {
    const changed = { ...draft, ...part };
    setDraft(changed);
    const days = [changed.from, changed.to];
    const isWhole = days.every((day) => isUtcDay(day) && day >= EARLIEST) && changed.from <= changed.to;
    if (isWhole) onRange(changed);
  };
  return (
    <>
      <TextInput
        type="date"
        label="From (UTC)"
        min={EARLIEST}
        value={draft.from}
        onChange={(event) => change({ from: event.currentTarget.value })}
        error={isOutOfOrder && draft.to !== '' ? 'From must not be after To' : undefined}
      />
      <TextInput
        type="date"
        label="To (UTC)"
        min={EARLIEST}
        value={draft.to}
        onChange={(event) => change({ to: event.currentTarget.value })}
      />
    </>
  );
}
