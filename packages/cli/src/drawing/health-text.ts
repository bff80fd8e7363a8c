import type { Health } from '../../../../functions/shared/domain/health.ts';
import { formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { wrap } from '../terminal/text-width.ts';
import { inLines, type Page } from './page.ts';

type Finding = Health['findings'][number];

const MARK_WIDTH = 2;

/** What was found, a sentence each: what needs attention stands out, and comes first, as the service orders it. */
export function healthText(peerId: string, { findings }: Health, { width, style }: Page): string {
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const heading = `Health of ${safeName(peerId)}: ${summaryOf(warnings)}`;
  return inLines([
    ...wrap(heading, width).map(style.strong),
    ...findings.flatMap((finding) => ['', ...findingLines(finding, width - MARK_WIDTH).map(marked(finding))]),
  ]);

  function marked({ severity }: Finding) {
    const isWarning = severity === 'warning';
    const mark = isWarning ? style.attention('! ') : style.quiet('· ');
    return (line: string, index: number) => `${index === 0 ? mark : '  '}${line}`;
  }
}

function summaryOf(warnings: number): string {
  if (warnings === 0) return 'nothing needs attention';
  return `${formats.count(warnings)} ${warnings === 1 ? 'finding needs' : 'findings need'} attention`;
}

function findingLines({ message }: Finding, width: number): string[] {
  return wrap(safeName(message), width);
}
