import { startHttpServer } from '../../../local/aws/gateway/http-server.ts';
import type { TestService } from './test-service.ts';

/** Starts a service on a port of this machine, without the files of a dashboard. @returns where it is, and what stops it */
export function servedOverHttp(service: TestService): ReturnType<typeof startHttpServer> {
  return startHttpServer({
    host: '127.0.0.1',
    port: 0,
    handlers: {
      'record-messages': service.recordMessages,
      'look-up-messages': service.lookUpMessages,
      'manage-channels': service.manageChannels,
      'usage-api': service.usageApi,
      'serve-dashboard': service.usageApi,
    },
    clock: service.clock,
    log: service.log,
  });
}
