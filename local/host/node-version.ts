const OLDEST = [22, 18] as const;

/**
 * Says what is wrong with a version of Node, or nothing where the local host runs on it.
 *
 * @param version such as `24.21.0`
 */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `Node ${version} is too old: the local host needs ${OLDEST.join('.')} or later`;
}
