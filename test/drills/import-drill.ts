import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { channelStatsAnswer } from '../../functions/shared/domain/channel-stats.ts';
import { DAY_MS, dayOf } from '../../functions/shared/domain/utc-day.ts';
import { historyAnswer } from '../../functions/usage-api/get-history.ts';
import { type LargeExport, writeLargeExport } from '../support/exports/large-export.ts';
import { Program, type ProgramExit } from '../support/host/program.ts';
import { keepOutOfLogs } from '../support/logs/log-watch.ts';
import { Random } from '../support/random.ts';
import { type Fate, type FaultyProxy, startFaultyProxy } from '../support/sending/faulty-proxy.ts';

/** What the drill does. */
export interface ImportDrill {
  /** Lines of the export. */
  lines: number;
  kills: number;
  seed: number;
}

/** What came of it. */
export interface ImportDrilled {
  /** When the command was killed, in words. */
  kills: string[];
  /** What is not as it must be; nothing where the import is exact. */
  problems: string[];
  /** How many requests recorded messages, in all runs but the last. */
  requests: number;
  export: LargeExport;
  seconds: number;
  /** The most memory that the command had in the run that ended, in bytes. */
  peakBytes: number;
}

/** When a run is killed. */
type Moment = { at: 'reading' } | { at: 'lost' | 'answer lost' | 'answered'; request: number };

const PEER = 'peer_import';
const BIN = fileURLToPath(new URL('../../packages/cli/bin/channel-usage.js', import.meta.url));
const PER_REQUEST = 500;
/** Makes the command say, at its end, how much memory it had. */
const TELL_PEAK =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+"\\n"))';

const summary = z.object({
  messages: z.number(),
  recorded: z.number(),
  alreadyThere: z.number(),
  repeated: z.number(),
  refused: z.array(z.object({ number: z.number() })),
});

/** Imports a large file into a local host, kills the command again and again, and compares every figure with the truth. */
export async function drillImport(
  host: { url: string; apiKey: string },
  folder: string,
  { lines, kills, seed }: ImportDrill,
): Promise<ImportDrilled> {
  const file = join(folder, 'messages.jsonl');
  const written = await writeLargeExport({ file, lines, before: dayOf(Date.now()), seed });
  const moments = momentsOf(kills, Math.ceil(written.messages / PER_REQUEST), new Random(seed));
  const running: { child?: Program; moment?: Moment; first: number } = { first: 0 };
  const kill = () => running.child?.process.kill('SIGKILL');
  const isNow = (number: number, at: Fate | 'answered') => {
    const { moment, first } = running;
    return moment?.at === at && 'request' in moment && number - first === moment.request;
  };
  const proxy = await startFaultyProxy({
    target: host.url,
    fate(number) {
      if (isNow(number, 'lost')) kill();
      return isNow(number, 'lost') ? 'lost' : isNow(number, 'answer lost') ? 'answer lost' : 'passes';
    },
    after(number) {
      if (isNow(number, 'answer lost') || isNow(number, 'answered')) kill();
    },
  });
  const command = new DrilledCommand(proxy, host.apiKey, folder, file);
  const begin = performance.now();
  try {
    const told: string[] = [];
    for (const moment of moments) {
      Object.assign(running, { child: command.start(), moment, first: proxy.seen() });
      if (moment.at === 'reading') running.child?.process.stderr?.once('data', kill);
      const { signal } = (await running.child?.exit) ?? {};
      told.push(`${inWords(moment)}: ${signal ?? 'it ended before'}`);
    }
    running.moment = { at: 'reading' };
    const requests = proxy.seen();
    const last = await command.start('--wait').exit;
    const seconds = (performance.now() - begin) / 1_000;
    const again = await command.start('--wait').exit;
    const problems = [
      ...told.filter((line) => !line.endsWith('SIGKILL')),
      ...runProblems(written, last, again),
      ...(await refusedProblems(join(folder, 'refused.jsonl'), written)),
      ...(await figureProblems(host, written)),
    ];
    const [, peak = ''] = /peak (\d+)/.exec(last.stderr) ?? [];
    return { kills: told, problems, requests, export: written, seconds, peakBytes: Number(peak) * 1_024 };
  } finally {
    await proxy.stop();
  }
}

/** The command as a person starts it: built, and in a process of its own. */
class DrilledCommand {
  readonly #argumentsGiven: readonly string[];
  readonly #env: NodeJS.ProcessEnv;

  constructor(proxy: FaultyProxy, apiKey: string, folder: string, file: string) {
    keepOutOfLogs([apiKey]);
    this.#argumentsGiven = [
      ...['--import', TELL_PEAK, BIN, 'import', file, '--peer', PEER, '--url', proxy.url],
      ...['--state', join(folder, 'state'), '--refused', join(folder, 'refused.jsonl'), '--json'],
    ];
    this.#env = { PATH: process.env['PATH'], HOME: folder, CHANNEL_USAGE_API_KEY: apiKey };
  }

  start(...options: string[]): Program {
    return new Program(process.execPath, [...this.#argumentsGiven, ...options], { env: this.#env });
  }
}

/** Moments of the reading first, and then of ever later requests. */
function momentsOf(kills: number, requests: number, random: Random): Moment[] {
  const whileReading = Math.min(2, kills);
  const sending = kills - whileReading;
  const most = Math.max(1, Math.floor(requests / (sending + 1)));
  return [
    ...Array.from({ length: whileReading }, (): Moment => ({ at: 'reading' })),
    ...Array.from(
      { length: sending },
      (): Moment => ({
        at: random.pick(['lost', 'answer lost', 'answered'] as const),
        request: random.integer(1, most),
      }),
    ),
  ];
}

function inWords(moment: Moment): string {
  return moment.at === 'reading' ? 'while it read' : `request ${moment.request} of the run, ${moment.at}`;
}

/** What is wrong with what the command said: the run that came to the end, and another one behind it. */
function runProblems(written: LargeExport, last: ProgramExit, again: ProgramExit): string[] {
  return [last, again].flatMap(({ code, stdout, stderr }, index) => {
    // Some lines are refused.
    if (code !== 1) return [`the command ended with ${code}: ${stderr}`];
    const { messages, recorded, alreadyThere, repeated, refused } = summary.parse(JSON.parse(stdout));
    const found = { messages, sum: recorded + alreadyThere, repeated, refused: refused[0]?.number };
    const expected = {
      messages: written.messages,
      sum: written.messages,
      repeated: written.repeated,
      refused: written.refused,
    };
    const known = index === 1 && recorded > 0 ? [`${recorded} messages were recorded a second time`] : [];
    return [...differences('the command says', expected, found), ...known];
  });
}

async function refusedProblems(file: string, { refused }: LargeExport): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return differences('the file of what was refused', { lines: refused }, { lines: new Set(lines).size });
}

/** What is wrong with the figures that the API gives. */
async function figureProblems(
  host: { url: string; apiKey: string },
  { channels, days }: LargeExport,
): Promise<string[]> {
  const path = `${host.url}/api/v1/peer/${PEER}/channel-stats`;
  const ask = async (address: string): Promise<unknown> =>
    (await fetch(address, { headers: { authorization: `Bearer ${host.apiKey}` } })).json();
  const stats = channelStatsAnswer.parse(await ask(path));
  const counted = stats.channels.map(
    ({ channelId, messageCount: messages, conversationCount: conversations }) => [
      channelId,
      { messages, conversations },
    ],
  );
  const from = dayOf(Date.now() - 125 * DAY_MS);
  const history = historyAnswer.parse(await ask(`${path}/history?from=${from}&interval=day`));
  const byDay = history.buckets.flatMap(({ start, channels: ofDay }) =>
    ofDay
      .filter(({ messageCount }) => messageCount > 0)
      .map(({ channelId, messageCount: messages, conversationCount: conversations }) => [
        `${channelId} ${start}`,
        { messages, conversations },
      ]),
  );
  return [
    ...differences('the channels', channels, Object.fromEntries(counted)),
    ...differences('the days', days, Object.fromEntries(byDay)),
  ];
}

/** In which fields two records differ. */
function differences(what: string, expected: object, found: object): string[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...names].flatMap((name) => {
    const [right, there] = [expected, found].map((one) => JSON.stringify(Reflect.get(one, name)));
    return right === there ? [] : [`${what}: ${name} is ${there}, not ${right}`];
  });
}
