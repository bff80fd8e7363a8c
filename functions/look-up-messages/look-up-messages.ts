import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { MessageLookup } from './message-lookup.ts';
import { LOOKUP_OPERATIONS } from './operations.ts';

/** Tells of messages whether they were counted, and why not. It only reads. */
export function lookUpMessages(dependencies: Dependencies): HttpHandler {
  return httpFunction(dependencies, LOOKUP_OPERATIONS, { lookup: new MessageLookup(dependencies) });
}
