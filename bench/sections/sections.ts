import { counting } from './counting.ts';
import { faults } from './faults.ts';
import { reading } from './reading.ts';
import { recording } from './recording.ts';
import { sealing } from './sealing.ts';
import type { Section } from './section.ts';
import { start } from './start.ts';
import { wholeDay } from './whole-day.ts';

/** All sections, in the order in which they are told. */
export const SECTIONS: readonly Section[] = [counting, faults, wholeDay, recording, reading, sealing, start];
