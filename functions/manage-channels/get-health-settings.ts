import { DEFAULT_HEALTH_SETTINGS, healthSettings } from '../shared/domain/health-settings.ts';
import { operation } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';

/** The answer with the health settings of a peer. */
export const healthSettingsAnswer = {
  description: 'All health settings of the peer.',
  schema: healthSettings,
  examples: { defaults: { summary: 'The defaults', value: DEFAULT_HEALTH_SETTINGS } },
};

/** Answers with the settings that were set, and with defaults for the others. */
export const getHealthSettings = operation('getHealthSettings', {
  tag: 'Channels',
  summary: 'Get health settings',
  description:
    'Answers with the thresholds that the health findings of a peer are judged by, and whether people are told of them.',
  answer: healthSettingsAnswer,

  handle({ peerId }, { healthSettings }: Pick<ChannelsContext, 'healthSettings'>) {
    return healthSettings.read(peerId);
  },
});
