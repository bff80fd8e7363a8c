import {
  type AnalyticsStream,
  collectUrlProblem,
} from '../../functions/shared/exporting/measurement-protocol.ts';
import type { MixpanelAccount } from '../../functions/shared/exporting/mixpanel-import.ts';
import { HostError } from './host-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The project of Mixpanel that figures of this machine go to.
 *
 * @param url what the option `--mixpanel-url` gives
 * @throws HostError that names all variables that are missing
 */
export function localMixpanelAccount(url: string, environment: Environment): MixpanelAccount {
  const names = ['MIXPANEL_PROJECT_ID', 'MIXPANEL_USERNAME', 'MIXPANEL_SECRET'] as const;
  const value = variables(environment, names, '--mixpanel-url');
  return {
    url,
    projectId: value('MIXPANEL_PROJECT_ID'),
    username: value('MIXPANEL_USERNAME'),
    secret: value('MIXPANEL_SECRET'),
  };
}

/**
 * The stream of Google Analytics that they go to.
 *
 * @param url what the option `--ga4-url` gives
 * @throws HostError that names all variables that are missing, or says what is wrong with the URL
 */
export function localAnalyticsStream(url: string, environment: Environment): AnalyticsStream {
  const problem = collectUrlProblem(url);
  if (problem !== undefined) throw new HostError(`--ga4-url ${problem}`);
  const value = variables(environment, ['GA4_MEASUREMENT_ID', 'GA4_API_SECRET'], '--ga4-url');
  return { url, measurementId: value('GA4_MEASUREMENT_ID'), secret: value('GA4_API_SECRET') };
}

function variables<Name extends string>(
  environment: Environment,
  names: readonly Name[],
  option: string,
): (name: Name) => string {
  const missing = names.filter((name) => (environment[name] ?? '') === '');
  if (missing.length > 0) {
    throw new HostError(
      `${option} needs variables that are missing in the environment: ${missing.join(', ')}`,
    );
  }
  return (name) => environment[name] ?? '';
}
