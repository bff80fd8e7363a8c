import { givenHealthSettings, HEALTH_SETTING_LIMITS } from '../shared/domain/health-settings.ts';
import { operation } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';
import { healthSettingsAnswer } from './get-health-settings.ts';

const { least, most } = HEALTH_SETTING_LIMITS.inactiveAfterDays;

/** Sets health settings, and answers with them as they then are. Logged as changes of channels are. */
export const setHealthSettings = operation('setHealthSettings', {
  tag: 'Channels',
  summary: 'Set health settings',
  description:
    'Sets the thresholds that the health findings of a peer are judged by, and whether people are told of them, in ' +
    'place of all that was set before: what is left out has its default again. Where people are told no more, the ' +
    'findings that they were told of end without a word; told again, they hear of all that is found then.',
  body: {
    description: 'The settings.',
    schema: givenHealthSettings,
    examples: {
      settings: { summary: 'Two thresholds', value: { inactiveAfterDays: 14, leastMedian: 50 } },
      silence: { summary: 'Nobody is told', value: { alerts: false } },
      defaults: { summary: 'The defaults again', value: {} },
    },
  },
  answer: healthSettingsAnswer,
  badRequest: {
    path: 'inactiveAfterDays',
    message: `inactiveAfterDays must be a whole number from ${least} to ${most}`,
  },

  async handle(
    { requestId, key, peerId, body },
    { healthSettings, log }: Pick<ChannelsContext, 'healthSettings' | 'log'>,
  ) {
    const { before, after } = await healthSettings.replace(peerId, body);
    log.info('health settings changed', {
      requestId,
      keyId: key.keyId,
      peerId,
      given: Object.keys(body),
      before,
      after,
    });
    return after;
  },
});
