import type { StackSettings } from '../../../infra/stack-settings.ts';

/** Settings of a stack that exports to everything that there is. */
export const ALL_EXPORTS: StackSettings['exports'] = {
  s3: true,
  mixpanel: {
    projectId: '1234567',
    region: 'eu',
    usernameParameter: '/channel-usage/mixpanel-username',
    secretParameter: '/channel-usage/mixpanel-secret',
  },
  googleAnalytics: {
    measurementId: 'G-TEST123456',
    region: 'eu',
    secretParameter: '/channel-usage/ga4-secret',
  },
};
