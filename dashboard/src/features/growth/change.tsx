import type { Comparison } from '../../../../functions/shared/domain/comparison.ts';
import { useEnvironment } from '../../environment.ts';
import { describeChange } from './describe-change.ts';

const ARROWS = { up: '▲', down: '▼', none: '' } as const;
const WORDS = { up: 'up ', down: 'down ', none: '' } as const;

/** What became of a figure since the week before: never by colour alone. */
export function Change({ comparison }: { comparison: Comparison }) {
  const { formats } = useEnvironment();
  const { direction, text } = describeChange(comparison, formats);
  return (
    <span className="change" data-direction={direction}>
      {direction !== 'none' && <span aria-hidden="true">{ARROWS[direction]} </span>}
      {direction !== 'none' && <span className="visually-hidden">{WORDS[direction]}</span>}
      {text}
    </span>
  );
}
