/** What SNS and SQS do not carry, although JSON, ids and names may hold it. */
const NONCHARACTERS = /[\ufffe\uffff]/g;

/** JSON that says the same, without characters that SNS and SQS do not carry. */
export function carriedJson(json: string): string {
  return json.replace(NONCHARACTERS, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** A text for people, with a sign in the place of characters that SNS and SQS do not carry. */
export function carriedText(text: string): string {
  return text.replace(NONCHARACTERS, '\ufffd');
}
