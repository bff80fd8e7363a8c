import { type ApiKeyParts, apiKeyRecordOf, SCOPES } from '../functions/shared/domain/api-key.ts';
import { Authenticator } from '../functions/shared/http/authentication.ts';
import { systemEffects } from '../functions/shared/runtime/dependencies.ts';
import { ApiKeyStore } from '../functions/shared/store/api-key-store.ts';
import { startTestDatabase } from '../test/support/database.ts';
import { Random } from '../test/support/random.ts';

// Whether the time that a refusal takes tells a key id that exists from one that does not: as the service
// refuses, and, to show what the benchmark would see, without the time that every refusal takes at least.

const WARM_UP = 100;
const STORED_KEYS = 100;
const SHUFFLES = 1_000;
/** Where the difference of two random halves of the same times is larger only once in a hundred times. */
const NOISE_QUANTILE = 0.99;
const NOW = Date.parse('2026-11-22T10:00:00Z');

const random = new Random(1);

function randomText(length: number): string {
  const letters = '0123456789abcdef';
  return Array.from({ length }, () => letters[random.integer(0, 15)]).join('');
}

function newKey(): ApiKeyParts {
  return { keyId: randomText(16), secret: randomText(48) };
}

function bearer({ keyId, secret }: ApiKeyParts): string {
  return `Bearer cua_${keyId}_${secret}`;
}

const database = await startTestDatabase();
const { usageTableName } = await database.createTables();
const store = new ApiKeyStore({ client: database.client, tableName: usageTableName });
const storedKeys = Array.from({ length: STORED_KEYS }, newKey);
for (const key of storedKeys) {
  const grant = { scopes: SCOPES, peers: [randomText(12), randomText(12)], label: randomText(8) };
  await store.create(apiKeyRecordOf(`cua_${key.keyId}_${key.secret}`, grant, NOW));
}

/** What an authenticator went through before the time of a refusal is taken. */
interface Situation {
  name: string;
  prepare: (authenticator: Authenticator, stored: ApiKeyParts, probe: string) => Promise<unknown>;
}

const SITUATIONS: readonly Situation[] = [
  { name: 'the first request with it', prepare: async () => {} },
  {
    name: 'the first request with it, while its holder uses the key',
    prepare: (authenticator, stored) => authenticator.authenticate(bearer(stored)),
  },
  {
    name: 'the same request once more',
    prepare: (authenticator, _stored, probe) => authenticator.authenticate(probe),
  },
];

interface Way {
  name: string;
  pause: (milliseconds: number) => Promise<void>;
  samples: number;
}

const AS_IT_IS: Way = { name: 'as it is', pause: systemEffects().waiting.pause, samples: 400 };
const WITHOUT_WAITING: Way = { name: 'without waiting', pause: async () => {}, samples: 3_000 };

/** How long refusals took, in microseconds: of a wrong secret for a known id, and of an unknown id. */
async function measure(
  { prepare }: Situation,
  { pause, samples }: Way,
): Promise<{ known: number[]; unknown: number[] }> {
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let sample = -WARM_UP; sample < samples; sample += 1) {
    const stored = random.pick(storedKeys);
    const probes = [
      { kind: 'known', probe: bearer({ ...newKey(), keyId: stored.keyId }) },
      { kind: 'unknown', probe: bearer(newKey()) },
    ] as const;
    for (const { kind, probe } of random.chance(0.5) ? probes : probes.toReversed()) {
      const authenticator = new Authenticator(store, () => NOW, pause);
      await prepare(authenticator, stored, probe);
      const from = performance.now();
      await authenticator.authenticate(probe);
      const took = (performance.now() - from) * 1000;
      if (sample >= 0) times[kind].push(took);
    }
  }
  return times;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

const median = (values: readonly number[]) => quantile(values, 0.5);

/** How far apart the medians of two halves are that differ by chance alone. */
function noise(times: readonly number[]): number {
  const shuffled = [...times];
  const differences = Array.from({ length: SHUFFLES }, () => {
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = random.integer(0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other] ?? 0, shuffled[last] ?? 0];
    }
    const half = shuffled.length / 2;
    return Math.abs(median(shuffled.slice(0, half)) - median(shuffled.slice(half)));
  });
  return quantile(differences, NOISE_QUANTILE);
}

for (const situation of SITUATIONS) {
  process.stdout.write(`${situation.name}\n`);
  for (const way of [AS_IT_IS, WITHOUT_WAITING]) {
    const { known, unknown } = await measure(situation, way);
    const difference = median(known) - median(unknown);
    const byChance = noise([...known, ...unknown]);
    const isVisible = Math.abs(difference) > byChance;
    if (isVisible && way === AS_IT_IS) process.exitCode = 1;
    process.stdout.write(
      `  ${way.name.padEnd(16)} known id ${micros(median(known))}, unknown id ${micros(median(unknown))}, ` +
        `difference ${micros(difference)}, noise ${micros(byChance)}: ` +
        `${isVisible ? 'MORE THAN THE NOISE' : 'within the noise'} (${way.samples} samples each)\n`,
    );
  }
}
await database.stop();

function micros(value: number): string {
  return `${value.toFixed(1)} µs`;
}
