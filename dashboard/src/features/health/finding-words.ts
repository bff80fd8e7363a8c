import type { Figure } from '../../../../functions/shared/domain/findings/finding.ts';
import {
  type Finding,
  figuresOf,
  sentenceOf,
  severalOf,
} from '../../../../functions/shared/domain/findings/findings.ts';
import type { Quantity, Sentence } from '../../../../functions/shared/domain/findings/sentence.ts';
import { MESSAGES } from '../../../../functions/shared/domain/metrics.ts';
import type { DateFormats } from '../../date-formats.ts';
import type { PageFormats } from '../../page-formats.ts';

/** A number that a finding was judged on. */
export interface Evidence {
  label: string;
  value: string;
}

/** The sentence of a finding: what is said before the channel's name, where it is about one, and what after it. */
export interface FindingSentence {
  before: string;
  after: string;
}

/** So many findings of a kind are one group: two are read as fast as a group is opened. */
const GROUPED_FROM = 3;

/** Findings of one kind that are shown together, and what they are together: `7 channels are inactive`. */
export interface FindingGroup {
  heading: string;
  findings: readonly [Finding, ...Finding[]];
}

/** What a finding says, with its numbers and days as the reader writes them. */
export function sentenceFor(finding: Finding, formats: PageFormats, dates: DateFormats): FindingSentence {
  const sentence = sentenceOf(finding);
  const place = sentence.findIndex((part) => typeof part !== 'string' && part.kind === 'name');
  const text = (parts: Sentence) =>
    parts
      .map((part) => {
        if (typeof part === 'string') return part;
        return part.kind === 'name' ? '' : written(part, formats, dates);
      })
      .join('');
  if (place === -1) return { before: text(sentence), after: '' };
  return { before: text(sentence.slice(0, place)), after: text(sentence.slice(place + 1)) };
}

/** The findings in their order: each by itself, or in a group where there are many of its kind. */
export function groupFindings(
  findings: readonly Finding[],
  { count }: PageFormats,
): (Finding | FindingGroup)[] {
  return [...Map.groupBy(findings, ({ code }) => code).values()].flatMap(
    (alike): (Finding | FindingGroup)[] => {
      const [first, ...others] = alike;
      if (first === undefined || alike.length < GROUPED_FROM) return alike;
      return [
        { heading: `${count(alike.length)} ${severalOf(first)}`, findings: [first, ...others] as const },
      ];
    },
  );
}

/** The numbers that a finding was judged on, to be read. */
export function evidenceOf(finding: Finding, formats: PageFormats, dates: DateFormats): Evidence[] {
  return figuresOf(finding).map((figure) => ({
    label: figure.labelDay === undefined ? figure.label : `${figure.label} ${dates.day(figure.labelDay)}`,
    value: writtenFigure(figure, formats, dates),
  }));
}

function writtenFigure(figure: Figure, formats: PageFormats, dates: DateFormats): string {
  switch (figure.kind) {
    case 'above percent':
      return `above ${formats.percent(figure.value)}`;
    case 'below percent':
      return `below ${formats.percent(figure.value)}`;
    case 'never':
      return 'never';
    case 'range':
      return dates.range(figure.value);
    case 'instant':
      return dates.instant(Date.parse(figure.value));
    default:
      return written(figure, formats, dates);
  }
}

function written(quantity: Quantity, formats: PageFormats, dates: DateFormats): string {
  switch (quantity.kind) {
    case 'count':
      return formats.count(quantity.value);
    case 'messages':
      return formats.counted(quantity.value, MESSAGES);
    case 'days':
      return `${formats.count(quantity.value)} ${quantity.value === 1 ? 'day' : 'days'}`;
    case 'share':
      return formats.share(quantity.value);
    case 'percent':
      return formats.percent(quantity.value);
    case 'day':
      return dates.day(quantity.value);
  }
}
