import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { sendHeartbeats } from './send-heartbeats.ts';

export const handler = sendHeartbeats(lambdaDependencies('send-heartbeats'));
