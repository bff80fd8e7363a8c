import { type FocusEvent, type KeyboardEvent, useState } from 'react';
import { barForKey } from './keys.ts';
import type { Bar } from './stack.ts';

interface BarSliderOptions {
  label: string;
  /** The id of the element that says what the keys do. */
  hintId: string;
  /** What is spoken of a bar. */
  inWords: (bar: Bar) => string;
  /** What Enter does with the chosen one. */
  onBar: ((bar: Bar) => void) | undefined;
}

/**
 * Lets a reader choose a bar with the keyboard: one stop for all of them, as a slider is.
 *
 * @returns the chosen bar while it is shown, how to choose one by its place, or none, and the attributes of the slider
 */
export function useBarSlider(bars: readonly Bar[], { label, hintId, inWords, onBar }: BarSliderOptions) {
  const [place, setPlace] = useState<number>();
  const [isShown, setIsShown] = useState(false);
  const last = bars.length - 1;
  // Figures may be replaced by fewer.
  const at = Math.min(place ?? last, last);
  const bar = bars[at];
  const choose = (index: number | undefined) => {
    // Who leaves a bar comes back to it with the keyboard.
    if (index !== undefined) setPlace(index);
    setIsShown(index !== undefined);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = barForKey(event.key, at, last);
    if (next !== undefined) choose(next);
    else if (event.key === 'Escape') choose(undefined);
    else if (event.key === 'Enter' && bar !== undefined && onBar !== undefined) onBar(bar);
    else return;
    event.preventDefault();
  };
  const attributes = {
    role: 'slider',
    tabIndex: 0,
    'aria-label': label,
    'aria-describedby': hintId,
    'aria-valuemin': 1,
    'aria-valuemax': bars.length,
    'aria-valuenow': at + 1,
    'aria-valuetext': bar && inWords(bar),
    // Who clicks does not look for the last bar.
    onFocus: ({ currentTarget }: FocusEvent<HTMLElement>) => {
      if (currentTarget.matches(':focus-visible')) choose(at);
    },
    onBlur: () => choose(undefined),
    onKeyDown,
  };
  return { chosen: isShown ? bar : undefined, choose, attributes };
}
