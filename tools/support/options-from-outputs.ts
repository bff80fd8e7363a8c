import type { StackOutputs } from '../../infra/stack-outputs.ts';

/** The options that a stack's outputs give: whoever names the stack need not look them up, and cannot be wrong. */
export const FROM_OUTPUTS = {
  table: 'UsageTableName',
  messagesTable: 'MessagesTableName',
  auditTable: 'AuditTableName',
  targets: 'NotificationTargets',
  bucket: 'FailedRecordsBucketName',
  messageRetentionDays: 'MessageRetentionDays',
  counterRetentionDays: 'CounterRetentionDays',
  exportsBucket: 'ExportsBucketName',
  exportSettings: 'ExportSettings',
} as const satisfies Record<string, keyof StackOutputs>;
