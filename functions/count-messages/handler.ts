import { lambdaDependencies } from '../runtime/dependencies.ts';
import { countMessages } from './count-messages.ts';

export const handler = countMessages(lambdaDependencies('count-messages'));
