import { isolated, shownJson, shownName } from '../../../../functions/shared/domain/name-in-text.ts';

// All that comes from outside goes through one of these on its way to a terminal.

/** A name or an id within a line: nothing in it moves the cursor, or changes the direction of what is around it. */
export const safeName = isolated;

const LINE_ENDS = /(\r?\n)/;
const LINE_END = /^\r?\n$/;

/** A text of several lines, such as a message of the service: the ends of its lines are all that is left of controls. */
export function shownText(text: string): string {
  return text
    .split(LINE_ENDS)
    .map((part) => (LINE_END.test(part) ? part : shownName(part)))
    .join('');
}

/**
 * A value as JSON of several lines, or of one, that says the same to programs and does nothing to a terminal.
 *
 * @param indent the spaces of a level; without them it is one line
 */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).split('\n').map(shownJson).join('\n');
}
