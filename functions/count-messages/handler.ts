import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { countMessages } from './count-messages.ts';

export const handler = countMessages(lambdaDependencies('count-messages'));
