import type { Metric } from '../../functions/shared/domain/metrics.ts';

/** How figures are written for a reader. */
export interface Formats {
  /** `12,450` */
  count(figure: number): string;
  /** `66.2%`, of a share in percent. */
  share(percentage: number): string;
  /** `90%`, of a threshold in percent. */
  percent(percentage: number): string;
  /** `+25.0%`, `-25.0%`, of a change in percent. */
  signedShare(percentage: number): string;
  /** With one decimal: `17.0` */
  ratio(figure: number): string;
  /** `12,450 messages`, `1 message` */
  counted(figure: number, metric: Metric): string;
}

/**
 * Formats for a locale. The words are English, the figures are the reader's.
 *
 * @param locale a BCP 47 tag, such as `de-CH`; one that is not valid gives the environment's own
 */
export function formatsFor(locale: string): Formats {
  const usable = usableLocale(locale);
  const oneDecimal = { style: 'percent', ...ONE_DECIMAL } as const;
  const count = new Intl.NumberFormat(usable);
  const share = new Intl.NumberFormat(usable, oneDecimal);
  const percent = new Intl.NumberFormat(usable, { style: 'percent' });
  const signedShare = new Intl.NumberFormat(usable, { ...oneDecimal, signDisplay: 'exceptZero' });
  const ratio = new Intl.NumberFormat(usable, ONE_DECIMAL);
  return {
    count: (figure) => count.format(figure),
    share: (percentage) => share.format(percentage / 100),
    percent: (percentage) => percent.format(percentage / 100),
    signedShare: (percentage) => signedShare.format(percentage / 100),
    ratio: (figure) => ratio.format(figure),
    counted: (figure, { noun }) => `${count.format(figure)} ${noun}${figure === 1 ? '' : 's'}`,
  };
}

const ONE_DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;

/** A locale that `Intl` takes; nothing for one that it does not, to which browsers can be set all the same. */
export function usableLocale(locale: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(locale)[0];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}
