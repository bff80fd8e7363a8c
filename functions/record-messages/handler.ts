import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { recordMessages } from './record-messages.ts';

export const handler = recordMessages(lambdaDependencies('record-messages'));
