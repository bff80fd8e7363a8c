import * as announcing from '../../../functions/announce-days/announce-days.ts';
import * as auditing from '../../../functions/audit-figures/audit-figures.ts';
import * as toGoogleAnalytics from '../../../functions/export-to-google-analytics/export-to-google-analytics.ts';
import * as toMixpanel from '../../../functions/export-to-mixpanel/export-to-mixpanel.ts';
import * as toS3 from '../../../functions/export-to-s3/export-to-s3.ts';
import * as lookingUp from '../../../functions/look-up-messages/look-up-messages.ts';
import * as managing from '../../../functions/manage-channels/manage-channels.ts';
import * as alerting from '../../../functions/raise-alerts/raise-alerts.ts';
import * as recording from '../../../functions/record-messages/record-messages.ts';
import * as redriving from '../../../functions/redrive-records/redrive-records.ts';
import * as beating from '../../../functions/send-heartbeats/send-heartbeats.ts';
import * as sending from '../../../functions/send-notifications/send-notifications.ts';
import * as reporting from '../../../functions/send-reports/send-reports.ts';
import * as serving from '../../../functions/serve-dashboard/serve-dashboard.ts';
import * as counter from '../../../functions/shared/counting/build-counter.ts';
import * as counting from '../../../functions/shared/counting/count-messages.ts';
import * as snapshotting from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import * as answering from '../../../functions/usage-api/usage-api.ts';
import { held } from './held-client.ts';
import { judge, resourceOf } from './judgement.ts';

// The functions as tests get them (redirection.ts): each may do what its policy allows, and nothing else.

export const recordMessages: typeof recording.recordMessages = (dependencies) =>
  recording.recordMessages(held('record-messages', dependencies));

export const lookUpMessages: typeof lookingUp.lookUpMessages = (dependencies) =>
  lookingUp.lookUpMessages(held('look-up-messages', dependencies));

export const manageChannels: typeof managing.manageChannels = (dependencies, ...options) =>
  managing.manageChannels(held('manage-channels', dependencies), ...options);

export const usageApi: typeof answering.usageApi = (dependencies, published) =>
  answering.usageApi(held('usage-api', dependencies), published);

export const serveDashboard: typeof serving.serveDashboard = (dependencies, files) =>
  serving.serveDashboard(held('serve-dashboard', dependencies), files);

export const countMessages: typeof counting.countMessages = (dependencies, windowCapacity) =>
  counting.countMessages(held('count-messages', dependencies), windowCapacity);

export const countGivenUpMessages: typeof counting.countGivenUpMessages = (dependencies) =>
  counting.countGivenUpMessages(held('redrive-records', dependencies));

export const sendHeartbeats: typeof beating.sendHeartbeats = (dependencies) =>
  beating.sendHeartbeats(held('send-heartbeats', dependencies));

export const { HeartbeatsNotSentError } = beating;

/** The counting core by itself, as count-messages uses it. */
export const buildCounter: typeof counter.buildCounter = (context, windowCapacity) =>
  counter.buildCounter(held('count-messages', context), windowCapacity);

export const buildFingerprints: typeof counter.buildFingerprints = (context) =>
  counter.buildFingerprints(held('count-messages', context));

export const redriveRecords: typeof redriving.redriveRecords = (dependencies, source) =>
  redriving.redriveRecords(held('redrive-records', dependencies), source);

export const sendNotifications: typeof sending.sendNotifications = (dependencies, receivers, delays) =>
  sending.sendNotifications(held('send-notifications', dependencies), receivers, delays);

export const { NotificationsNotSentError } = sending;

export const takeDailySnapshot: typeof snapshotting.takeDailySnapshot = (dependencies, limits) =>
  snapshotting.takeDailySnapshot(held('take-daily-snapshot', dependencies), limits);

export const { PeersNotSealedError } = snapshotting;

export const auditFigures: typeof auditing.auditFigures = (dependencies, limits) =>
  auditing.auditFigures(held('audit-figures', dependencies), limits);

export const { FiguresNotAuditedError } = auditing;

export const announceDays: typeof announcing.announceDays = (dependencies, follower) =>
  announcing.announceDays(held('announce-days', dependencies), follower);

export const { DaysNotAnnouncedError } = announcing;
export const raiseAlerts: typeof alerting.raiseAlerts = (dependencies, options) =>
  alerting.raiseAlerts(held('raise-alerts', dependencies), options);

export const { PeersNotJudgedError } = alerting;

export const exportToS3: typeof toS3.exportToS3 = (dependencies, put) =>
  toS3.exportToS3(held('export-to-s3', dependencies), async (key, body, contentType) => {
    const resource = resourceOf('export-to-s3', 'EXPORTS_BUCKET', `/${key}`);
    judge('export-to-s3', { action: 's3:PutObject', resource, leadingKeys: [] });
    await put(key, body, contentType);
  });

export const exportToMixpanel: typeof toMixpanel.exportToMixpanel = (dependencies, account, post) =>
  toMixpanel.exportToMixpanel(held('export-to-mixpanel', dependencies), account, post);

export const exportToGoogleAnalytics: typeof toGoogleAnalytics.exportToGoogleAnalytics = (
  dependencies,
  stream,
  post,
) =>
  toGoogleAnalytics.exportToGoogleAnalytics(held('export-to-google-analytics', dependencies), stream, post);

export const sendReports: typeof reporting.sendReports = (dependencies, options) =>
  reporting.sendReports(held('send-reports', dependencies), {
    ...options,
    async put(key, body, contentType) {
      const resource = resourceOf('send-reports', 'EXPORTS_BUCKET', `/${key}`);
      judge('send-reports', { action: 's3:PutObject', resource, leadingKeys: [] });
      await options.put(key, body, contentType);
    },
  });

export const { ReportsNotMadeError } = reporting;
