import { type HttpHandler, httpFunction } from '../shared/http/http.ts';
import type { Dependencies } from '../shared/runtime/dependencies.ts';
import { MessageRecorder } from './message-recorder.ts';
import { MESSAGE_OPERATIONS } from './operations.ts';

/** Records messages of peers. */
export function recordMessages(dependencies: Dependencies): HttpHandler {
  return httpFunction(dependencies, MESSAGE_OPERATIONS, { recorder: new MessageRecorder(dependencies) });
}
