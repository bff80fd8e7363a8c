/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Between what a whole number has to lie, both included. */
interface Bounds {
  least: number;
  most?: number;
}

/**
 * Reads environment variables, and gathers what is wrong with them, so that all of it can be said at once. It is a
 * reader of its own, and no schema, since every function reads its environment while it starts: to make a schema and to
 * read by it once took a twentieth of the time in which a function is imported.
 *
 * @template Name the names of the variables
 */
export class EnvironmentReader<Name extends string> {
  readonly #environment: Environment;
  readonly #problems: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** What is missing or wrong of what was read until now, each with the name of its variable. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** A text that must not be empty. @param byDefault without it, the text has to be there */
  requiredText(name: Name, byDefault = ''): string {
    const text = this.#environment[name] ?? byDefault;
    return text === '' ? this.#wrong(name, 'is missing', text) : text;
  }

  /** A text, which may be empty. */
  text(name: Name, byDefault: string): string {
    return this.#environment[name] ?? byDefault;
  }

  /** A whole number, in decimal digits. */
  wholeNumber<Default extends number | undefined>(
    name: Name,
    { least, most = Number.MAX_SAFE_INTEGER }: Bounds,
    byDefault: Default,
  ): number | Default {
    const text = this.#environment[name];
    if (text === undefined) return byDefault;
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} on` : `${least} to ${most}`;
    return this.#wrong(name, `must be a whole number from ${range}`, byDefault);
  }

  /** `true` or `false`. */
  flag(name: Name, byDefault: boolean): boolean {
    const text = this.#environment[name];
    if (text === undefined) return byDefault;
    if (text === 'true' || text === 'false') return text === 'true';
    return this.#wrong(name, 'must be true or false', byDefault);
  }

  #wrong<Value>(name: Name, problem: string, instead: Value): Value {
    this.#problems.push(`${name} ${problem}`);
    return instead;
  }
}
