import { type Formats, formatsFor, ONE_DECIMAL, usableLocale } from '../shared/formats.ts';

/** How the figures of the page are written for a reader. */
export interface PageFormats extends Formats {
  /** `1.2K`, for where there is little room. */
  short(figure: number): string;
  /** `90%`, of a threshold in percent. */
  percent(percentage: number): string;
  /** `+25.0%`, `-25.0%`, of a change in percent. */
  signedShare(percentage: number): string;
  /** With one decimal: `17.0` */
  ratio(figure: number): string;
}

/** Formats for a locale, as those of the card. */
export function pageFormatsFor(locale: string): PageFormats {
  const usable = usableLocale(locale);
  const short = new Intl.NumberFormat(usable, { notation: 'compact', maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(usable, { style: 'percent' });
  const signed = { style: 'percent', signDisplay: 'exceptZero', ...ONE_DECIMAL } as const;
  const signedShare = new Intl.NumberFormat(usable, signed);
  const ratio = new Intl.NumberFormat(usable, ONE_DECIMAL);
  return {
    ...formatsFor(locale),
    short: (figure) => short.format(figure),
    percent: (percentage) => percent.format(percentage / 100),
    signedShare: (percentage) => signedShare.format(percentage / 100),
    ratio: (figure) => ratio.format(figure),
  };
}
