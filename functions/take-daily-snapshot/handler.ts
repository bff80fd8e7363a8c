import type { Context } from 'aws-lambda';
import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { STOP_BEFORE_MS } from './schedule.ts';
import { takeDailySnapshot } from './take-daily-snapshot.ts';

const job = takeDailySnapshot(lambdaDependencies('take-daily-snapshot'));

export const handler = (event: unknown, context: Context) =>
  job(event, () => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
