import { DEFAULT_HEALTH_SETTINGS, healthSettings } from '../shared/domain/health-settings.ts';
import { operation } from '../shared/http/operation.ts';
import type { ChannelsContext } from './context.ts';

/** The answer with the thresholds of a peer's health findings. */
export const healthSettingsAnswer = {
  description: 'All thresholds of the peer.',
  schema: healthSettings,
  examples: { defaults: { summary: 'The defaults', value: DEFAULT_HEALTH_SETTINGS } },
};

/** Answers with the thresholds that were set, and with defaults for the others. */
export const getHealthSettings = operation('getHealthSettings', {
  tag: 'Channels',
  summary: 'Get health settings',
  description: 'Answers with the thresholds that the health findings of a peer are judged by.',
  answer: healthSettingsAnswer,

  handle({ peerId }, { healthSettings }: Pick<ChannelsContext, 'healthSettings'>) {
    return healthSettings.read(peerId);
  },
});
