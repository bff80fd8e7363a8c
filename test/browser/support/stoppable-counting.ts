import { EventSourceMapping } from '../../../local/aws/stream/event-source-mapping.ts';

// node --import stoppable-counting.ts local/main.ts: SIGUSR2 keeps records of the stream from being counted, as
// where Lambda invokes nothing, and SIGCONT lets all of them through that wait. Nothing else of the host is different.

let going = Promise.withResolvers<void>();
going.resolve();
process.on('SIGUSR2', () => {
  going = Promise.withResolvers();
});
process.on('SIGCONT', () => going.resolve());

const { process: processRecords } = EventSourceMapping.prototype;
EventSourceMapping.prototype.process = async function (records) {
  await going.promise;
  return processRecords.call(this, records);
};
