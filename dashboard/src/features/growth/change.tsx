import type { Comparison } from '../../../../functions/shared/domain/comparison.ts';
import { useEnvironment } from '../../environment.ts';
import { describeChange } from './describe-change.ts';

const ARROWS = { up: '▲', down: '▼', none: '' } as const;
const WORDS = { up: 'up ', down: 'down ', none: '' } as const;

export interface ChangeProps {
  comparison: Comparison;
  /** What is said where nothing is known of the time before. */
  noHistory?: string;
}

/** What became of a figure since the time before: never by colour alone. */
export function Change({ comparison, noHistory }: ChangeProps) {
  const { formats } = useEnvironment();
  const { direction, text } = describeChange(comparison, formats, noHistory);
  return (
    <span className="change" data-direction={direction}>
      {direction !== 'none' && <span aria-hidden="true">{ARROWS[direction]} </span>}
      {direction !== 'none' && <span className="visually-hidden">{WORDS[direction]}</span>}
      {text}
    </span>
  );
}
