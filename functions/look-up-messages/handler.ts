import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { lookUpMessages } from './look-up-messages.ts';

export const handler = lookUpMessages(lambdaDependencies('look-up-messages'));
