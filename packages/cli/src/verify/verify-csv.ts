import { type CsvCell, csv } from '../../../../functions/shared/domain/csv.ts';
import { safeCsv } from '../output/output-options.ts';
import { type Difference, FIGURE_CODES, type Named, type Note, type Why } from './difference.ts';
import type { Place } from './own-list.ts';
import type { VerifyReport } from './verify-report.ts';

const COLUMNS = [
  ...['kind', 'line', 'conversationId', 'messageId', 'fingerprint', 'channelId', 'day', 'role'],
  ...['thereChannelId', 'thereDay', 'thereRole', 'here', 'there', 'reason'],
] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], CsvCell>>;

/** A row for each difference and each note, as it is found. Cells that a kind has nothing for are empty. */
export function csvReport(write: (text: string) => void): VerifyReport {
  const [mark = '', head = ''] = [csv([]), csv([COLUMNS])];
  write(head);
  return {
    found(finding) {
      const row = rowOf(finding);
      const line = csv([[finding.kind, ...COLUMNS.slice(1).map((column) => row[column] ?? null)]]);
      // The file begins with a byte order mark, and no further line does.
      write(safeCsv(line.slice(mark.length)));
    },
    end() {},
  };
}

function rowOf(finding: Difference | Note): Row {
  switch (finding.kind) {
    case 'only_here':
    case 'waiting':
      return { ...named(finding.message), ...why(finding) };
    case 'only_there': {
      const { fingerprint, channelId, day } = finding;
      return { fingerprint, thereChannelId: channelId, thereDay: day };
    }
    case 'differs':
      return { ...named(finding.message), ...there(finding.there), ...why(finding) };
    case 'doubled':
      return { ...named(finding.message), ...there(finding.there) };
    case 'other_copy':
      return { ...named(finding.message), ...there(finding.first) };
    case 'figures': {
      const { code, channelId, day, month, here, there } = finding;
      const when = day ?? month ?? null;
      return { channelId, day: when, here: here.count, there: there.count, reason: FIGURE_CODES[code] };
    }
    case 'bad_line':
      return { line: finding.line, reason: finding.problem };
    case 'not_proven':
      return { day: finding.month, here: finding.messages, reason: FIGURE_CODES.month };
  }
}

function named({ line, conversationId, messageId, channelId, day, role }: Named): Row {
  return { line, conversationId, messageId, channelId, day, role };
}

function there({ channelId, day, role }: Place): Row {
  return { thereChannelId: channelId, thereDay: day, thereRole: role };
}

function why({ reason, explanation }: Why): Row {
  return { reason: explanation ?? reason ?? null };
}
