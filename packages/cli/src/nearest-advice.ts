import { nearestName } from '../../../functions/shared/http/nearest-name.ts';

/** What to say of a name that is not known: which one was likely meant, or which there are. */
export function nearestAdvice(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`;
}
