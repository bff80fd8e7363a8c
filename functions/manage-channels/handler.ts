import { lambdaDependencies, lambdaVariable } from '../shared/runtime/dependencies.ts';
import { DASHBOARD_URL_VARIABLE } from '../shared/runtime/notification-targets.ts';
import { manageChannels } from './manage-channels.ts';

const dashboardUrl = lambdaVariable(DASHBOARD_URL_VARIABLE);

export const handler = manageChannels(lambdaDependencies('manage-channels'), () => dashboardUrl);
