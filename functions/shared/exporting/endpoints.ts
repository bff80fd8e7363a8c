import type { GoogleAnalyticsSettings, MixpanelSettings } from '../runtime/export-settings.ts';

/** Where the import of Mixpanel is. */
export const MIXPANEL_ENDPOINTS: Readonly<Record<MixpanelSettings['region'], string>> = {
  us: 'https://api.mixpanel.com/import',
  eu: 'https://api-eu.mixpanel.com/import',
  in: 'https://api-in.mixpanel.com/import',
};

/** Where the Measurement Protocol of Google Analytics is. */
export const GOOGLE_ANALYTICS_ENDPOINTS: Readonly<Record<GoogleAnalyticsSettings['region'], string>> = {
  global: 'https://www.google-analytics.com/mp/collect',
  eu: 'https://region1.google-analytics.com/mp/collect',
};
