import { styleText } from 'node:util';

/** How parts of the output stand out; where there are no colours, they do not. */
export interface Style {
  strong: (text: string) => string;
  quiet: (text: string) => string;
  accent: (text: string) => string;
  good: (text: string) => string;
  attention: (text: string) => string;
  bad: (text: string) => string;
}

const FORMATS = {
  strong: 'bold',
  quiet: 'dim',
  accent: 'cyan',
  good: 'green',
  attention: 'yellow',
  bad: 'red',
} as const;

export function styleFor({ hasColors }: { hasColors: boolean }): Style {
  const style = (format: (typeof FORMATS)[keyof Style]) => (text: string) =>
    hasColors && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return {
    strong: style(FORMATS.strong),
    quiet: style(FORMATS.quiet),
    accent: style(FORMATS.accent),
    good: style(FORMATS.good),
    attention: style(FORMATS.attention),
    bad: style(FORMATS.bad),
  };
}

/** Nothing stands out. */
export const PLAIN = styleFor({ hasColors: false });
