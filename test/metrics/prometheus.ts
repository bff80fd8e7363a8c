import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { until } from '../support/host/local-host.ts';
import { Program } from '../support/host/program.ts';

const success = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]).optional(),
        values: z.array(z.tuple([z.number(), z.string()])).optional(),
      }),
    ),
  }),
});
/** What a query has found: series, each with its value or its values over time. */
export type Found = z.output<typeof success>['data']['result'];

const targets = z.object({
  data: z.object({ activeTargets: z.array(z.object({ health: z.string(), lastError: z.string() })) }),
});

/** A Prometheus that runs with a configuration, and keeps what it scrapes in a folder of its own. */
export class Prometheus {
  readonly url: string;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(url: string, program: Program, folder: string) {
    this.url = url;
    this.#program = program;
    this.#folder = folder;
  }

  /**
   * Starts the one that `PROMETHEUS` names, or else the one that is installed.
   *
   * @param configuration as its file has it
   * @throws Error where there is none, or it does not take the configuration
   */
  static async start(configuration: string): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, configuration);
    const program = new Program(
      'sh',
      // What it says comes on the standard error.
      [
        '-c',
        'exec "$0" "$@" 2>&1',
        process.env['PROMETHEUS'] ?? 'prometheus',
        `--config.file=${file}`,
      ].concat(`--storage.tsdb.path=${join(folder, 'data')}`, '--web.listen-address=127.0.0.1:0'),
      { env: { ...process.env } },
    );
    try {
      await program.said('Server is ready to receive web requests');
    } catch (cause) {
      throw new Error('Prometheus did not start; on Debian: apt-get install prometheus', { cause });
    }
    const [, address = ''] = /msg="Listening on" address=(\S+)/.exec(program.output()) ?? [];
    return new Prometheus(`http://${address}`, program, folder);
  }

  async stop(): Promise<void> {
    this.#program.process.kill();
    await this.#program.exit;
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What went wrong with the last scrape of each target; nothing where all went well. */
  async scrapeErrors(): Promise<string[]> {
    const { data } = targets.parse(await this.#get('targets', {}));
    return data.activeTargets.flatMap(({ health, lastError }) =>
      health === 'up' ? [] : `${health} ${lastError}`,
    );
  }

  /** @throws Error where the query is none */
  async query(query: string): Promise<Found> {
    return this.#found('query', { query });
  }

  /** As `query`, at every point of a minute that ends now. */
  async queryRange(query: string, stepSeconds: number): Promise<Found> {
    const end = Math.floor(Date.now() / 1_000);
    return this.#found('query_range', { query, start: `${end - 60}`, end: `${end}`, step: `${stepSeconds}` });
  }

  /** What a query finds, once it finds anything. */
  async eventually(query: () => Promise<Found>): Promise<Found> {
    return until(async () => {
      const found = await query();
      return found.length === 0 ? undefined : found;
    });
  }

  async #found(path: string, parameters: Record<string, string>): Promise<Found> {
    const answer = await this.#get(path, parameters);
    const parsed = success.safeParse(answer);
    if (!parsed.success) throw new Error(`${parameters['query']}: ${JSON.stringify(answer)}`);
    return parsed.data.data.result;
  }

  async #get(path: string, parameters: Record<string, string>): Promise<unknown> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    return answer.json();
  }
}
