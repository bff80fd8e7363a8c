import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { costPage } from '../../bench/cost-page.ts';
import { DEFAULT_EVENT_SOURCE } from '../../functions/count-messages/event-source.ts';
import { processorShare } from '../../functions/shared/runtime/memory.ts';
import { TIME_LIMIT_SECONDS } from '../../functions/shared/runtime/time-limits.ts';
import { costCommand } from '../../tools/commands/cost.ts';
import { CPU_MS, STACK } from '../../tools/support/bill/measured.ts';
import { runTool } from '../../tools/support/tool.ts';
import { test } from '../support/fixture.ts';

/** Runs the command as it is typed. */
async function cost(...argumentsGiven: string[]) {
  let [stdout, stderr] = ['', ''];
  const context = {
    write: (text: string) => {
      stdout += text;
    },
    say: (text: string) => {
      stderr += text;
    },
  };
  const exitCode = await runTool(costCommand(context), argumentsGiven, context);
  return { exitCode, stdout, stderr };
}

const billSchema = z.object({
  workload: z.record(z.string(), z.number()),
  lines: z.array(
    z.object({
      service: z.string(),
      what: z.string(),
      amounts: z.record(z.string(), z.number()),
      usd: z.number(),
    }),
  ),
  total: z.number(),
  atRest: z.number(),
  perMillionMessages: z.number().optional(),
  perThousandPeers: z.number().optional(),
});

async function bill(...argumentsGiven: string[]) {
  const { exitCode, stdout, stderr } = await cost(...argumentsGiven, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return billSchema.parse(JSON.parse(stdout));
}

const lineOf = ({ lines }: Awaited<ReturnType<typeof bill>>, what: string) =>
  lines.find((line) => line.what === what);

describe('npm run cost', () => {
  test('tells what a month costs, as JSON too: the lines come to what they are together', async () => {
    const { lines, total, atRest, perMillionMessages = 0, perThousandPeers = 0 } = await bill();
    expect(lines.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(total, 10);
    expect(perMillionMessages * 0.48).toBeCloseTo(total - atRest, 10);
    expect(perThousandPeers).toBeCloseTo(total - atRest, 10);
  });

  test('puts a price on what was measured', async () => {
    const made = await bill('--peers', '10', '--messages-per-day', '100000');
    // 100,000 messages on 30 days, a write unit each, at 0.625 USD per million.
    expect(lineOf(made, 'storing messages')).toMatchObject({ amounts: { millionWriteUnits: 3 }, usd: 1.875 });
    expect(lineOf(made, 'counting them')?.amounts['millionWriteUnits']).toBeCloseTo(3.099, 6);
  });

  test('knows that messages of a channel that come together cost less', async () => {
    const options = ['--messages-per-day', '1000000', '--same-channel'];
    const writtenOf = async (together: string) =>
      lineOf(await bill(...options, together), 'counting them')?.amounts['millionWriteUnits'];
    expect(await writtenOf('10')).toBeCloseTo(30 * 0.132, 1);
    expect(await writtenOf('100')).toBeCloseTo(30 * 0.042, 6);
  });

  test('costs what it does at rest where there is nobody, and says nothing of messages and peers', async () => {
    const nobody = await bill('--peers', '0', '--messages-per-day', '0');
    expect(nobody.total).toBe(nobody.atRest);
    expect(nobody).not.toHaveProperty('perMillionMessages');
    expect(nobody).not.toHaveProperty('perThousandPeers');
    expect((await cost('--peers', '0', '--messages-per-day', '0')).stdout).not.toMatch(
      /NaN|Infinity|million/,
    );
  });

  test('is not dearer where messages are put into the table, or kept for less long', async () => {
    const [usual, direct, shorter] = [
      await bill(),
      await bill('--messages-per-request', '0'),
      await bill('--message-retention-days', '30'),
    ];
    expect(direct.total).toBeLessThan(usual.total);
    expect(shorter.total).toBeLessThan(usual.total);
    expect(lineOf(direct, 'requests that record')?.usd).toBe(0);
  });

  test('takes other prices from a file, and those that it leaves out are as they were', async ({
    folder,
  }) => {
    const file = join(folder, 'prices.json');
    await writeFile(file, JSON.stringify({ millionWriteUnits: 6.25 }));
    const [usual, dearer] = [await bill(), await bill('--prices', file)];
    expect(lineOf(dearer, 'storing messages')?.usd).toBeCloseTo(
      10 * (lineOf(usual, 'storing messages')?.usd ?? 0),
    );
    expect(lineOf(dearer, 'answers')).toEqual(lineOf(usual, 'answers'));
  });
});

describe('what cannot be is refused', () => {
  test.for([
    { options: ['--peers', '-1'], says: "'--peers <n>' argument '-1' is invalid. It must be a whole number" },
    { options: ['--messages-per-day', '1e6'], says: "argument '1e6' is invalid. It must be a whole number" },
    { options: ['--channels', '0'], says: "argument '0' is invalid. It must be a whole number above 0" },
    { options: ['--conversation-share', '2'], says: 'It must be a number from 0 to 1' },
    {
      options: ['--batch-size', '10', '--same-channel', '20'],
      says: 'error: --same-channel: 20 messages of',
    },
    { options: ['--prices', '/nowhere.json'], says: 'error: --prices: /nowhere.json cannot be read' },
    { options: ['--peer', '1'], says: "unknown option '--peer'" },
  ])('$options', async ({ options, says }) => {
    const { exitCode, stdout, stderr } = await cost(...options);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(says);
  });

  test.for([
    { text: 'write units: 1', says: 'it is not JSON' },
    {
      text: '{"writeUnits": 1}',
      says: 'Unrecognized key: "writeUnits". What has a price: millionWriteUnits, ',
    },
    { text: '{"millionWriteUnits": "1"}', says: 'millionWriteUnits: Invalid input: expected number' },
    { text: '{"millionWriteUnits": -1}', says: 'millionWriteUnits: Too small' },
  ])('a file of prices: $text', async ({ text, says }, { folder }) => {
    const file = join(folder, 'prices.json');
    await writeFile(file, text);
    const { exitCode, stderr } = await cost('--prices', file);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error: --prices: ${file}: `);
    expect(stderr).toContain(says);
  });
});

describe('docs/cost.md', () => {
  test('shows what the command prints; npm run bench:cost-page puts it there', async () => {
    const { text, asked, answered } = await costPage();
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(text).toBe(answered);
  });
});

describe('docs/scaling.md', () => {
  const scaling = readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8');

  test.for([1, 10, 100])('says what a lane counts a second, %i of a channel in a batch', (together) => {
    const [, told = ''] =
      new RegExp(`^\\| ${together}(?:, the long tail)? \\| ([\\d,]+) \\|$`, 'm').exec(scaling) ?? [];
    const aSecond = (together * 1_000) / (CPU_MS.group + together * CPU_MS.message);
    // Two digits are told.
    expect(Number(told.replaceAll(',', '')) / aSecond).toBeCloseTo(1, 1);
  });

  test('a full batch of as many channels as messages takes a tenth of the time of its function at most', () => {
    const { batchSize } = DEFAULT_EVENT_SOURCE;
    const computed = batchSize * (CPU_MS.group + CPU_MS.message);
    const seconds = computed / processorShare(STACK.megabytes['count-messages']) / 1_000;
    expect(seconds).toBeLessThan(TIME_LIMIT_SECONDS['count-messages'] / 10);
    expect(scaling).toContain(
      `A full batch of ${batchSize} messages of as many channels takes ${seconds.toFixed(1)} s`,
    );
  });
});
