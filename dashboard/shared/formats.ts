import type { Metric } from '../../functions/shared/domain/metrics.ts';

/** How the figures of the Channel Usage card are written for a reader. */
export interface Formats {
  /** `12,450` */
  count(figure: number): string;
  /** `66.2%`, of a share in percent. */
  share(percentage: number): string;
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
  const count = new Intl.NumberFormat(usable);
  const share = new Intl.NumberFormat(usable, { style: 'percent', ...ONE_DECIMAL });
  return {
    count: (figure) => count.format(figure),
    share: (percentage) => share.format(percentage / 100),
    counted: (figure, { noun }) => `${count.format(figure)} ${noun}${figure === 1 ? '' : 's'}`,
  };
}

/** How numbers are written that are told with one decimal. */
export const ONE_DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;

/** A locale that `Intl` takes; nothing for one that it does not, to which browsers can be set all the same. */
export function usableLocale(locale: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(locale)[0];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}
