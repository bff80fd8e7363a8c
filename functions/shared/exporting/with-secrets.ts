import type { GoogleAnalyticsSettings, MixpanelSettings } from '../runtime/export-settings.ts';
import { GOOGLE_ANALYTICS_ENDPOINTS, MIXPANEL_ENDPOINTS } from './endpoints.ts';
import type { AnalyticsStream } from './measurement-protocol.ts';
import type { MixpanelAccount } from './mixpanel-import.ts';

/** The values of the parameters with some names. @throws where one is not there */
export type ReadSecrets = (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** The account that settings name, with what its parameters hold. */
export async function mixpanelAccount(
  { projectId, region, usernameParameter, secretParameter }: MixpanelSettings,
  readSecrets: ReadSecrets,
): Promise<MixpanelAccount> {
  const secrets = await readSecrets([usernameParameter, secretParameter]);
  return {
    url: MIXPANEL_ENDPOINTS[region],
    projectId,
    username: secretIn(secrets, usernameParameter),
    secret: secretIn(secrets, secretParameter),
  };
}

/** The stream that settings name, with what its parameter holds. */
export async function analyticsStream(
  { measurementId, region, secretParameter }: GoogleAnalyticsSettings,
  readSecrets: ReadSecrets,
): Promise<AnalyticsStream> {
  const secrets = await readSecrets([secretParameter]);
  const secret = secretIn(secrets, secretParameter);
  return { url: GOOGLE_ANALYTICS_ENDPOINTS[region], measurementId, secret };
}

/** White space around a secret comes from the way in which it was stored. */
function secretIn(secrets: ReadonlyMap<string, string>, name: string): string {
  const secret = secrets.get(name)?.trim() ?? '';
  if (secret === '') throw new Error(`the parameter ${name} is empty`);
  return secret;
}
