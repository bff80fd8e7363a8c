import { ALL_FINDINGS, type Finding } from '../shared/domain/findings/findings.ts';
import { whereFound } from '../shared/domain/findings/in-words.ts';
import { firstDayOfHealth, health, healthAnswer, unjudged } from '../shared/domain/health.ts';
import { countingLag } from '../shared/domain/trust.ts';
import { addDays, dayOf } from '../shared/domain/utc-day.ts';
import { operation } from '../shared/http/operation.ts';
import type { UsageContext } from './context.ts';

/** Answers with what needs attention, or is good to know, about a peer's channels. */
export const getHealth = operation('getHealth', {
  tag: 'Statistics',
  summary: 'Get health findings',
  description: [
    'Answers with what needs attention, or is good to know, about the enabled channels of a peer, and with the ' +
      'numbers behind it. Others are not judged, and are in no total. The thresholds named here are the ' +
      'defaults; each peer may have its own.',
    '',
    ...whereFound(),
    '',
    'Only complete days are judged, the last one being yesterday, and no finding follows from too little ' +
      'history. Of today there is but one effect: a channel with a message today is not inactive.',
    '',
    'A day that counting has not passed yet is not judged: see the trust in the figures.',
  ],
  answer: {
    description: 'The findings.',
    schema: healthAnswer,
    examples: {
      attention: {
        summary: 'With something that needs attention',
        value: {
          status: 'attention',
          findings: ALL_FINDINGS.flatMap((finding): Finding[] => finding.examples),
        },
      },
      ok: { summary: 'Without any finding', value: { status: 'ok', findings: [] } },
    },
  },

  async handle(
    { peerId },
    {
      usage,
      healthSettings,
      passedHeartbeats,
      heartbeats,
      clock,
    }: Pick<UsageContext, 'usage' | 'healthSettings' | 'passedHeartbeats' | 'heartbeats' | 'clock'>,
  ) {
    const now = clock();
    const today = dayOf(now);
    const through = addDays(today, -1);
    // Before the figures: those that are read later hold everything that was counted by then.
    const passed = await passedHeartbeats.read();
    const withoutFigures = unjudged(countingLag(passed, heartbeats.keys, now), through);
    if (withoutFigures !== undefined) return withoutFigures;
    const [read, settings] = await Promise.all([
      // Consistently, as whether there is history follows from a difference.
      usage.read(peerId, today, { from: firstDayOfHealth(through), consistent: true }),
      healthSettings.read(peerId),
    ]);
    return health(read, { through, settings });
  },
});
