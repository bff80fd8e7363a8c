import type { Alerting } from './alerting.ts';
import type { Announcing } from './announcing.ts';
import type { FunctionFolder } from './bundling.ts';
import type { DailySnapshotting } from './daily-snapshotting.ts';
import type { ExportFolder } from './exporting.ts';
import type { FigureAuditing } from './figure-auditing.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { MessageCounting } from './message-counting.ts';
import type { Notifying } from './notifying.ts';
import type { Redriving } from './redriving.ts';
import type { UsageEndpoint } from './usage-endpoint.ts';
import type { UsageFunction } from './usage-function.ts';

/** The parts of a stage whose functions every stage has. */
export interface PartsOfStage {
  heartbeats: Heartbeats;
  counting: MessageCounting;
  redriving: Redriving;
  snapshotting: DailySnapshotting;
  auditing: FigureAuditing;
  alerting: Alerting;
  notifying: Notifying;
  announcing: Announcing;
  endpoint: UsageEndpoint;
}

/** The functions that every stage has, by their folders: all but those of reports and exports, which may be off. */
export function functionsOfStage(
  parts: PartsOfStage,
): Record<Exclude<FunctionFolder, ExportFolder | 'send-reports'>, UsageFunction> {
  return {
    ...parts.endpoint.functions,
    'count-messages': parts.counting.countMessages,
    'send-heartbeats': parts.heartbeats.sendHeartbeats,
    'redrive-records': parts.redriving.redriveRecords,
    'take-daily-snapshot': parts.snapshotting.takeDailySnapshot,
    'audit-figures': parts.auditing.auditFigures,
    'raise-alerts': parts.alerting.raiseAlerts,
    'send-notifications': parts.notifying.sendNotifications,
    'announce-days': parts.announcing.announceDays,
  };
}
