import type { CliContext } from '../cli-context.ts';
import { shownText } from '../terminal/safe-text.ts';

/** Tells the person what is waited for, in a sentence without its end. */
export type TellWait = (text: string) => void;

/** Where progress is drawn, the line is taken over; progress draws itself again below. */
const OVER_THE_LINE = '\r\u001b[K';

/** Tells it on the standard error output, in a line. */
export function waitTeller({ say, terminal }: Pick<CliContext, 'say' | 'terminal'>): TellWait {
  const begin = terminal === undefined ? '' : OVER_THE_LINE;
  return (text) => say(`${begin}${shownText(text)}\n`);
}

/** Tells nobody. */
export const TELL_NOBODY: TellWait = () => undefined;
