import type { Context } from 'aws-lambda';
import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { takeDailySnapshot } from './take-daily-snapshot.ts';

/** Time to end what is under way, and to report. */
const STOP_BEFORE_MS = 30_000;

const job = takeDailySnapshot(lambdaDependencies('take-daily-snapshot'));

export const handler = (event: unknown, context: Context) =>
  job(event, () => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
