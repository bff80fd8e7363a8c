/** A sample of a metric: its labels, in the order in which they are written, and its value. */
export interface Sample {
  /** Those without a value are left out, which says the same. */
  labels?: Readonly<Record<string, string | undefined>>;
  value: number;
}

/** A metric with all of its samples. */
export interface MetricFamily {
  /** Without the suffix that the names of its samples have: of a counter `_total`, of an info `_info`. */
  name: string;
  type: 'counter' | 'gauge' | 'info';
  /** What the values count; the name ends with it. */
  unit?: string;
  help: string;
  samples: readonly Sample[];
}

/** The media type of the format. */
export const OPEN_METRICS = 'application/openmetrics-text';
/** How the text is announced, which names the version that it is of. */
export const OPEN_METRICS_CONTENT_TYPE = `${OPEN_METRICS}; version=1.0.0; charset=utf-8`;

const SUFFIXES = { counter: '_total', gauge: '', info: '_info' } as const;

/** How many series metrics have: one for each sample. */
export function seriesIn(families: readonly MetricFamily[]): number {
  return families.reduce((sum, { samples }) => sum + samples.length, 0);
}

/**
 * Metrics as a text of OpenMetrics 1.0, in the order in which they are given. A metric without samples is described
 * all the same.
 */
export function openMetricsText(families: readonly MetricFamily[]): string {
  return [...families.flatMap(linesOf), '# EOF', ''].join('\n');
}

function linesOf({ name, type, unit, help, samples }: MetricFamily): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels = {}, value }) => `${name}${SUFFIXES[type]}${labelsOf(labels)} ${value}`),
  ];
}

function labelsOf(labels: NonNullable<Sample['labels']>): string {
  const written = Object.entries(labels).flatMap(([name, value = '']) =>
    value === '' ? [] : `${name}="${escaped(value)}"`,
  );
  return written.length === 0 ? '' : `{${written.join(',')}}`;
}

/** What would end a value, or its line. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
