/** The local host cannot run. The message says why, to the person at the terminal, and what helps. */
export class HostError extends Error {
  override name = 'HostError';
}
