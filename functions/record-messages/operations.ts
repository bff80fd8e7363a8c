import type { ApiOperations } from '../shared/http/operation.ts';
import type { MessageRecorder } from './message-recorder.ts';
import { postMessages } from './post-messages.ts';

/** The operations of this function, by the names of their routes. */
export const MESSAGE_OPERATIONS: ApiOperations<'record-messages', { recorder: MessageRecorder }> = {
  recordMessages: postMessages,
};
