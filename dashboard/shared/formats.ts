/** How figures are written for a reader. */
export interface Formats {
  /** `12,450` */
  count(figure: number): string;
  /** `66.2%`, of a share in percent. */
  share(percentage: number): string;
  /** `+25.0%`, `-25.0%`, of a change in percent. */
  signedShare(percentage: number): string;
  /** With one decimal: `17.0` */
  ratio(figure: number): string;
  /** `12,450 messages`, `1 message` */
  messages(count: number): string;
  /** `485 conversations`, `1 conversation` */
  conversations(count: number): string;
}

/**
 * Formats for a locale. The words are English, the figures are the reader's.
 *
 * @param locale a BCP 47 tag, such as `de-CH`; one that is not valid gives the environment's own
 */
export function formatsFor(locale: string): Formats {
  const count = numberFormat(locale, {});
  const share = numberFormat(locale, { style: 'percent', ...ONE_DECIMAL });
  const signedShare = numberFormat(locale, { style: 'percent', ...ONE_DECIMAL, signDisplay: 'exceptZero' });
  const ratio = numberFormat(locale, ONE_DECIMAL);
  const counted = (figure: number, noun: string) =>
    `${count.format(figure)} ${noun}${figure === 1 ? '' : 's'}`;
  return {
    count: (figure) => count.format(figure),
    share: (percentage) => share.format(percentage / 100),
    signedShare: (percentage) => signedShare.format(percentage / 100),
    ratio: (figure) => ratio.format(figure),
    messages: (figure) => counted(figure, 'message'),
    conversations: (figure) => counted(figure, 'conversation'),
  };
}

const ONE_DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;

/** Browsers can be set to locales that `Intl` does not take. */
function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  try {
    return new Intl.NumberFormat(locale, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return new Intl.NumberFormat(undefined, options);
  }
}
