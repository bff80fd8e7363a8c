import type { Message } from '../../../../functions/shared/domain/message.ts';

/** One message of an export, as recording takes it. */
export type ImportedMessage = Omit<Message, 'peerId'>;

/**
 * What one record of an export is. `place` tells a person where it stands: the file, and the line, the number or
 * the id of the record, such as `support.jsonl line 12`. No reason holds the text of a message.
 */
export type ExportRecord =
  | { kind: 'message'; place: string; message: ImportedMessage; warning?: string }
  /** What an export holds that is no message of anybody: joins, pins, notes; files that are no export's. */
  | { kind: 'skipped'; place: string; reason: string }
  /** What should be a message and cannot be recorded: `code` is the service's own where it has one. */
  | { kind: 'refused'; place: string; code: string; reason: string };
