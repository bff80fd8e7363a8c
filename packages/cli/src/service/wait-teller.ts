import type { CliContext } from '../cli-context.ts';
import { shownText } from '../terminal/safe-text.ts';

/** Tells the person what is waited for, in a sentence without its end. */
export type TellWait = (text: string) => void;

/** Where progress is drawn, the line is taken over, and may be as long as it is. */
const OVER_THE_LINE = '\r\u001b[K\u001b[?7h';
/** Progress draws itself again below, and ends there: it goes back to the place that was kept last. */
const BELOW = '\n\u001b7';

/** Tells it on the standard error output, in a line. */
export function waitTeller({ say, terminal }: Pick<CliContext, 'say' | 'terminal'>): TellWait {
  const [begin, end] = terminal === undefined ? ['', '\n'] : [OVER_THE_LINE, BELOW];
  return (text) => say(`${begin}${shownText(text)}${end}`);
}

/** Tells nobody. */
export const TELL_NOBODY: TellWait = () => undefined;
