import type { Saving } from './use-saving.ts';

const WORDS = { unchanged: '', saving: 'Saving', saved: 'Saved' } as const;

/** Says what became of a change; what is wrong with a field is told at the field. */
export function SavedState({
  saving: { state, problem },
  fields,
}: {
  saving: Saving;
  fields: readonly string[];
}) {
  const isAtField = problem?.details.some(({ path }) => fields.includes(path));
  return (
    <span className="saved-state" role="status" data-state={state}>
      {state === 'failed' ? (isAtField ? 'Not saved' : `Not saved. ${problem?.message}`) : WORDS[state]}
    </span>
  );
}
