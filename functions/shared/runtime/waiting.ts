/** What is needed to wait between two attempts. */
export interface Waiting {
  pause: (milliseconds: number) => Promise<void>;
  /** A number from 0 up to 1, for the jitter. */
  random: () => number;
}
