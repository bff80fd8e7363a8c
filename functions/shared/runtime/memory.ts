/** What a function has of memory where it has a whole processor, in megabytes: with less it has a part of one, as Lambda says. */
export const WHOLE_PROCESSOR_MEGABYTES = 1_769;

/** What part of a processor a function has, by its memory in megabytes. More than one is of no use to a single thread. */
export function processorShare(megabytes: number): number {
  return Math.min(1, megabytes / WHOLE_PROCESSOR_MEGABYTES);
}
