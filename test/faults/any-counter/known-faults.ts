import type { TestDatabase } from '../../support/database/database.ts';
import type { CounterKind } from './any-counter.ts';
import { runCounterPlan } from './counter-schedule.ts';
import { NOW, type WrongFigure } from './messages.ts';
import { type CounterFault, type CounterPlan, LAST_DEATH, type Mishap } from './plan.ts';

/** A mistake that many counters make, by the smallest schedules that show it. */
export interface KnownFault {
  name: string;
  /** What happens, and what comes of it. */
  told: string;
  plans: readonly CounterPlan[];
  isShown: (figure: WrongFigure) => boolean;
  /** The faults of which the same schedules would come anyway: where a counter has one of them, it is not looked for. */
  unless?: readonly string[];
}

const FIRST_DELIVERY = { round: 0, lane: 0, copy: 0 };

/** One message, with what befalls its first delivery. */
function oneMessage(...mishaps: readonly Omit<Mishap, 'round' | 'lane' | 'copy'>[]): CounterPlan {
  const message = {
    peerId: 'peer_1',
    channelId: 'integration_slack',
    conversationId: 'conversation-0',
    messageId: 'message-0',
    sentAt: NOW,
  };
  const placed = mishaps.map((mishap) => ({ ...FIRST_DELIVERY, ...mishap }));
  return { lanes: [[message]], mishaps: placed, sizes: [], coldStarts: [], jobs: [] };
}

/** One message, with something that befalls one of the first calls. */
function atEachCall(...faults: readonly CounterFault[]): CounterPlan[] {
  const calls = Array.from({ length: LAST_DEATH + 1 }, (_, call) => call);
  return faults.flatMap((fault) => calls.map((call) => oneMessage({ fault, call })));
}

const isTooLarge = ({ counted, expected }: WrongFigure) =>
  counted.messages > expected.messages || (counted.conversations ?? 0) > expected.conversations;
const isTooSmall = ({ counted, expected }: WrongFigure) =>
  counted.messages < expected.messages ||
  (counted.conversations ?? expected.conversations) < expected.conversations;

/** Those that are looked for, in this order. */
export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    name: '`ADD` on redelivery',
    told: 'a batch that comes again is added again',
    plans: [oneMessage({ fault: 'a batch was delivered again' })],
    isShown: isTooLarge,
  },
  {
    name: 'dedupe in the memory of a process',
    told: 'a batch that comes again is recognised where it was counted, and added again by another process',
    plans: [
      {
        ...oneMessage({ fault: 'a batch was delivered again' }),
        coldStarts: [{ ...FIRST_DELIVERY, round: 1 }],
      },
    ],
    isShown: isTooLarge,
    unless: ['`ADD` on redelivery'],
  },
  {
    name: 'look before write',
    told: 'two processes that are given the same batch at once both look, see nothing, and add it',
    plans: [oneMessage({ fault: 'a batch was delivered to two processes at once' })],
    isShown: isTooLarge,
    unless: ['`ADD` on redelivery', 'dedupe in the memory of a process'],
  },
  {
    name: 'claim before write',
    told: 'a message is marked, nothing is added because of a failure, and when it comes again it is taken for counted',
    plans: atEachCall('a process died before a call', 'a process died behind a call', 'a call was throttled'),
    isShown: isTooSmall,
  },
  {
    name: 'a record per message, and a crash between',
    told: 'a message is added, its process dies before it has recorded that, and it is added again',
    plans: atEachCall('a process died behind a call'),
    isShown: isTooLarge,
    unless: ['`ADD` on redelivery', 'dedupe in the memory of a process'],
  },
  {
    name: 'an `ADD` that is sent twice',
    told: 'the answer to an addition is lost, and the SDK sends it once more',
    plans: atEachCall('a call was sent twice'),
    isShown: isTooLarge,
  },
];

/** The known faults that a counter has. */
export async function knownFaultsOf(database: TestDatabase, kind: CounterKind): Promise<KnownFault[]> {
  const found: KnownFault[] = [];
  for (const fault of KNOWN_FAULTS) {
    if (found.some(({ name }) => fault.unless?.includes(name))) continue;
    if (await isShownBy(database, kind, fault)) found.push(fault);
  }
  return found;
}

async function isShownBy(
  database: TestDatabase,
  kind: CounterKind,
  { plans, isShown }: KnownFault,
): Promise<boolean> {
  for (const plan of plans) {
    const { wrong } = await runCounterPlan(database, kind, plan);
    if (wrong.some(isShown)) return true;
  }
  return false;
}
