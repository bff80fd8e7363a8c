import type { Context } from 'aws-lambda';
import { lambdaDependencies } from '../shared/runtime/dependencies.ts';
import { auditFigures } from './audit-figures.ts';
import { STOP_BEFORE_MS } from './schedule.ts';

const job = auditFigures(lambdaDependencies('audit-figures'));

export const handler = (_event: unknown, context: Context) =>
  job(() => context.getRemainingTimeInMillis() < STOP_BEFORE_MS);
