/** What a text says in JSON; nothing where it is none, such as an error page in HTML: no schema takes that. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
