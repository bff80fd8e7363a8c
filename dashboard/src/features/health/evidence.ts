import type { Figure } from '../../../../functions/shared/domain/findings/finding.ts';
import { type Finding, figuresOf } from '../../../../functions/shared/domain/findings/findings.ts';
import type { Formats } from '../../../shared/formats.ts';
import type { DateFormats } from '../../date-formats.ts';

/** A number that a finding was judged on. */
export interface Evidence {
  label: string;
  value: string;
}

/** The numbers that a finding was judged on, to be read. */
export function evidenceOf(finding: Finding, formats: Formats, dates: DateFormats): Evidence[] {
  return figuresOf(finding).map((figure) => ({
    label: figure.labelDay === undefined ? figure.label : `${figure.label} ${dates.day(figure.labelDay)}`,
    value: written(figure, formats, dates),
  }));
}

function written(figure: Figure, { count, share }: Formats, dates: DateFormats): string {
  switch (figure.kind) {
    case 'count':
      return count(figure.value);
    case 'days':
      return `${count(figure.value)} ${figure.value === 1 ? 'day' : 'days'}`;
    case 'percent':
      return share(figure.value);
    case 'above percent':
      return `above ${share(figure.value)}`;
    case 'below percent':
      return `below ${share(figure.value)}`;
    case 'day':
      return figure.value === null ? 'never' : dates.day(figure.value);
    case 'range':
      return dates.range(figure.value);
  }
}
