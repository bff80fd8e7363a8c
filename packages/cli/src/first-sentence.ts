/** The first sentence of a description, without its full stop: what a list has room for. */
export function firstSentence(text: string): string {
  return text.split(/[.:;](?: |$)/)[0] ?? '';
}
