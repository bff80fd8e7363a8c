/** A tool cannot do what it was asked for. The message says why, in a line, and what helps. */
export class ToolError extends Error {
  override name = 'ToolError';
}
