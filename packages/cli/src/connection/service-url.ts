import { InvalidArgumentError } from 'commander';

/** Where the local host serves unless it is told otherwise. */
export const LOCAL_URL = 'http://127.0.0.1:8787';

/** Whether a text is the address of a service. */
export function isServiceUrl(text: string): boolean {
  return /^https?:\/\/./.test(text) && URL.canParse(text);
}

/** An address as requests begin with it: without a slash at its end, and without the API's own path. */
export function serviceUrl(text: string): string {
  return text.replace(/(\/api\/v1)?\/*$/, '');
}

/** Reads the address of a service. @throws InvalidArgumentError */
export function parseServiceUrl(text: string): string {
  if (!isServiceUrl(text))
    throw new InvalidArgumentError('It must be a URL such as https://api.example.com.');
  return serviceUrl(text);
}

/** Whether an address is one of this machine, so that what is sent to it leaves it not. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
