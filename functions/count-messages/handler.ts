import { countMessages } from '../shared/counting/count-messages.ts';
import { lambdaDependencies } from '../shared/runtime/dependencies.ts';

export const handler = countMessages(lambdaDependencies('count-messages'));
