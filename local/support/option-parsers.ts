import { InvalidArgumentError } from 'commander';

/** Reads a port, which is `least` or more. @throws InvalidArgumentError */
export function portFrom(least: number): (text: string) => number {
  return (text) => {
    const port = Number(text);
    if (!/^\d{1,5}$/.test(text) || port < least || port > 65_535) {
      throw new InvalidArgumentError(`A port is a number from ${least} to 65535.`);
    }
    return port;
  };
}

/** Reads the URL of a DynamoDB. @throws InvalidArgumentError */
export function parseEndpoint(text: string): string {
  if (!/^https?:\/\/./.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('An endpoint is a URL such as http://127.0.0.1:8000.');
  }
  return text;
}
