import { Presets, SingleBar } from 'cli-progress';
import { SECOND_MS } from '../../../../functions/shared/domain/utc-day.ts';
import type { CliContext } from '../cli-context.ts';
import { formats } from '../terminal/formats.ts';

/** How far a part of an import is. */
export interface PartProgress {
  /** @param done how much is done by now, of the total */
  update(done: number): void;
  end(): void;
}

/** A part of an import, such as reading. */
export interface ImportPart {
  title: string;
  total: number;
  /** How much was done before, by another run. */
  before?: number;
  /** An amount of it in words, without the unit. */
  amount: (number: number) => string;
  /** Such as `messages`. */
  unit: string;
}

type Effects = Pick<CliContext, 'clock' | 'say' | 'terminal' | 'screen'>;

const MINUTE_S = 60;
const HOUR_S = 3_600;
/** What is said beside the bar takes as many columns. */
const BESIDE_BAR = 72;
const LONGEST_BAR = 40;
const SHORTEST_BAR = 8;

/** Shows how far something is, how fast it goes, and how long it still takes: in a bar, or in a line a quarter. */
export function partProgress(part: ImportPart, effects: Effects): PartProgress {
  const pace = paceOf(part, effects.clock);
  return effects.terminal === undefined
    ? inLines(part, pace, effects.say)
    : inBar(part, pace, effects.terminal, effects.screen().width);
}

/** Shows nothing. */
export const SILENT: PartProgress = { update() {}, end() {} };

function inBar(
  part: ImportPart,
  pace: (done: number) => string,
  stream: NodeJS.WriteStream,
  width: number,
): PartProgress {
  const bar = new SingleBar(
    {
      stream,
      barsize: Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, width - BESIDE_BAR)),
      format: `${part.title} {bar} {percentage} % of ${part.amount(part.total)} ${part.unit}{pace}`,
    },
    Presets.shades_classic,
  );
  bar.start(part.total, part.before ?? 0, { pace: '' });
  return {
    update: (done) => bar.update(Math.min(done, part.total), { pace: pace(done) }),
    end: () => bar.stop(),
  };
}

function inLines(
  part: ImportPart,
  pace: (done: number) => string,
  say: (text: string) => void,
): PartProgress {
  const quarterOf = (done: number) =>
    part.total === 0 ? 4 : Math.floor((4 * Math.min(done, part.total)) / part.total);
  let told = quarterOf(part.before ?? 0);
  return {
    update(done) {
      const quarter = quarterOf(done);
      if (quarter <= told) return;
      told = quarter;
      const percent = Math.floor((100 * Math.min(done, part.total)) / part.total);
      say(
        `${part.title}: ${part.amount(done)} of ${part.amount(part.total)} ${part.unit} (${percent} %)${pace(done)}\n`,
      );
    },
    end() {},
  };
}

/** The rate since the beginning, and how long the rest takes at it. */
function paceOf(
  { total, before = 0, amount, unit }: ImportPart,
  clock: CliContext['clock'],
): (done: number) => string {
  const start = clock();
  return (done) => {
    const seconds = (clock() - start) / SECOND_MS;
    const rate = (done - before) / seconds;
    if (seconds < 1 || rate <= 0) return '';
    const rest = Math.max(0, total - done) / rate;
    return `, ${amount(Math.round(rate))}${unit === 'messages' ? '' : ` ${unit}`}/s${done < total ? `, ${duration(rest)} left` : ''}`;
  };
}

function duration(seconds: number): string {
  if (seconds < MINUTE_S) return `${Math.ceil(seconds)} s`;
  if (seconds < HOUR_S) return `${Math.ceil(seconds / MINUTE_S)} min`;
  return `${Math.floor(seconds / HOUR_S)} h ${Math.round((seconds % HOUR_S) / MINUTE_S)} min`;
}

const MEGABYTE = 1_000_000;

/** Bytes as megabytes. */
export function megabytes(bytes: number): string {
  return formats.count(Math.ceil(bytes / MEGABYTE));
}
