import type { CliContext } from '../cli-context.ts';

// What terminals understand: a screen beside what was written so far, a hidden cursor, and drawing over what is there.
const BEGIN = '\u001b[?1049h\u001b[?25l';
const END = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/** Where something is drawn again and again. */
export interface LiveScreen {
  /** @param status the line below it, which is always seen */
  draw: (text: string, status: string) => void;
  /** Leaves what was drawn last behind, as if it had been written once. */
  end: () => void;
}

/** A screen of a terminal. It is drawn over line by line, so that nothing flickers. */
export function liveScreen({ write, screen }: Pick<CliContext, 'write' | 'screen'>): LiveScreen {
  let last = '';
  write(BEGIN);
  return {
    draw(text, status) {
      last = text;
      const room = Math.max(1, screen().height - 2);
      const lines = [...text.trimEnd().split('\n').slice(0, room), status];
      write(`${HOME}${lines.join(`${REST_OF_LINE}\n`)}${REST_OF_LINE}${REST_OF_SCREEN}`);
    },
    end: () => write(`${END}${last}`),
  };
}
