import { knownFaultsOf } from '../../test/faults/any-counter/known-faults.ts';
import { ourCounter } from '../../test/faults/any-counter/our-counter.ts';
import { soundnessOf } from '../measure/soundness.ts';
import { table } from '../measure/table.ts';
import { PEERS } from '../peers/peers.ts';
import type { Section } from './section.ts';

const SCHEDULES = 1_000;
const QUICK_SCHEDULES = 2;

const HEAD = [
  '',
  'figures',
  'wrong',
  'of them too large',
  'too small',
  'schedules with a wrong one',
  'known faults',
];

/** How often the service and what would be used instead of it count wrong, under the same failures. */
export const faults: Section = {
  name: 'faults',
  title: 'Counting under faults',
  async run({ database, isQuick }) {
    const schedules = isQuick ? QUICK_SCHEDULES : SCHEDULES;
    const rows: string[][] = [];
    for (const kind of [ourCounter, ...PEERS]) {
      const { figures, tooMany, tooFew, wrongSchedules } = await soundnessOf(database, kind, schedules);
      const known = (await knownFaultsOf(database, kind)).map(({ name }) => name).join('; ');
      const amounts = [figures, tooMany + tooFew, tooMany, tooFew, wrongSchedules].map(String);
      rows.push([kind.name, ...amounts, known]);
    }
    return [
      `${schedules} schedules each, which follow from the seeds 1 to ${schedules}: up to 30 messages of up to five ` +
        'conversations, in up to three lanes of a stream; batches that come again or to two processes at once, calls ' +
        'that are throttled, lost or sent twice, processes that die (`test/faults/any-counter/counter-schedule.ts`). Everything ' +
        'is delivered until nothing has to come again, and then each figure of a peer, a channel and a day is ' +
        'compared with the messages. Of the service messages and conversations have to be right, and it seals days ' +
        'meanwhile; the others count messages alone. [What the known faults are](../docs/testing-exactly-once.md#known-faults).',
      table(HEAD, rows),
    ].join('\n\n');
  },
};
