import type { EpochMillis } from '../domain/utc-day.ts';
import type { Refusal } from './authentication.ts';
import type { ReceivedRequest } from './gateway-event.ts';
import type { AdmittedRequest } from './operation.ts';

/** One request, and what becomes known of it on its way. */
export interface Exchange extends ReceivedRequest {
  requestId: string;
  receivedAt: EpochMillis;
  /** The key that the caller has proven to hold, even where it is not let in. */
  keyId?: string;
  refusal?: Refusal;
}

/** Answers a request, of whose caller it knows. */
export type Answering = (request: Omit<AdmittedRequest<'public'>, 'caller'>) => Promise<object>;
