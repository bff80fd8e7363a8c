import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { manageChannels } from './manage-channels.ts';

export const handler = manageChannels(lambdaDependencies('manage-channels'));
