import type { TestDatabase } from '../../test/support/database/database.ts';

/** What a section is run with. */
export interface BenchOptions {
  /** A database of its own, in a process of its own: its work is not in the CPU time of this one. */
  database: TestDatabase;
  /** To see in seconds that everything runs, with figures that say nothing. */
  isQuick: boolean;
}

/** A part of bench/RESULTS.md. */
export interface Section {
  /** What `--only` calls it. */
  name: string;
  title: string;
  /** Measures, and gives what is told of it: Markdown without a heading. */
  run(options: BenchOptions): Promise<string>;
}
