import type { ApiOperations } from '../shared/http/operation.ts';
import type { MessageLookup } from './message-lookup.ts';
import { postLookup } from './post-lookup.ts';

/** The operations of this function, by the names of their routes. */
export const LOOKUP_OPERATIONS: ApiOperations<'look-up-messages', { lookup: Pick<MessageLookup, 'lookUp'> }> =
  {
    lookUpMessages: postLookup,
  };
