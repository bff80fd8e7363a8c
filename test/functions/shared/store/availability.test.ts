import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { ContentionError } from '../../../../functions/shared/domain/errors.ts';
import { isUnavailable } from '../../../../functions/shared/store/availability.ts';

const METADATA = { message: 'so it is', $metadata: {} };

test.for([
  new InternalServerError(METADATA),
  new ProvisionedThroughputExceededException(METADATA),
  Object.assign(new Error('no answer'), { $metadata: { attempts: 3 } }),
  new TransactionConflictException(METADATA),
  new ContentionError('others were faster'),
])('what fails with %s may be tried again', (error) => {
  expect(isUnavailable(error)).toBe(true);
});

test.for([new ResourceNotFoundException(METADATA), new TypeError('it is undefined')])(
  'what fails with %s is broken',
  (error) => {
    expect(isUnavailable(error)).toBe(false);
  },
);
