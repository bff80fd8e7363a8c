import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { usageApi } from './usage-api.ts';

export const handler = usageApi(lambdaDependencies('usage-api'));
