// In place of @smithy/core/event-streams, which the client loads for operations that send or receive
// streams of events. DynamoDB has none.

/** Refuses to be made: the client would have met an operation that DynamoDB does not have. */
export class EventStreamSerde {
  constructor() {
    throw new Error('DynamoDB has no operation with an event stream');
  }
}

export function eventStreamSerdeProvider(): undefined {
  return undefined;
}
