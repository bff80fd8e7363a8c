import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import * as z from 'zod/mini';
import { byThreshold } from '../../../../functions/shared/domain/findings/findings.ts';
import {
  DEFAULT_HEALTH_SETTINGS,
  type HEALTH_SETTING_LIMITS,
  type HealthSettings,
  healthSettings,
} from '../../../../functions/shared/domain/health-settings.ts';
import { putHealthSettings } from '../../api/queries.ts';
import { useApi } from '../../api/session.tsx';
import { useEnvironment } from '../../environment.ts';
import { SavedState } from './saved-state.tsx';
import { useSaving } from './use-saving.ts';

export interface HealthFormProps {
  peerId: string;
  settings: HealthSettings;
}

const LABELS: Record<keyof typeof HEALTH_SETTING_LIMITS, string> = {
  inactiveAfterDays: 'Inactive after days',
  dominantAbovePercent: 'Dominant above percent',
  highTrafficAbovePercent: 'High traffic above percent',
  dropBelowPercent: 'Drop below percent of the median',
  spikeAbovePercent: 'Spike above percent of the median',
  leastMedian: 'Least median',
  newForDays: 'New for days',
};
const THRESHOLDS = Object.values(byThreshold((threshold) => threshold));
const FIELDS = Object.keys(DEFAULT_HEALTH_SETTINGS);

/** The thresholds of a peer's findings, and whether people are told of them. */
export function HealthForm({ peerId, settings }: HealthFormProps) {
  const { formats } = useEnvironment();
  const api = useApi();
  const saving = useSaving(peerId);
  const [changed, setChanged] = useState<Readonly<Record<string, string | boolean>>>({});
  const draft: Readonly<Record<string, unknown>> = { ...settings, ...changed };
  const given = Object.fromEntries(Object.entries(draft).map(([name, value]) => [name, numberIn(value)]));
  const checked = z.safeParse(healthSettings, given);
  const edit = (part: Readonly<Record<string, string | boolean>>) => {
    setChanged({ ...changed, ...part });
    saving.forget();
  };
  const errorOf = (field: string) =>
    checked.error?.issues.find(({ path }) => path[0] === field)?.message ??
    saving.problem?.details.find(({ path }) => path === field)?.message;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!checked.success) return;
    const { data } = checked;
    if (await saving.save(() => putHealthSettings(api, peerId, data))) setChanged({});
  };
  const isUsual = FIELDS.every((name) => given[name] === Reflect.get(DEFAULT_HEALTH_SETTINGS, name));
  return (
    <form className="settings-health" aria-label="Health thresholds" onSubmit={submit}>
      {THRESHOLDS.map(({ name, description, least, most, default: usual }) => (
        <TextInput
          key={name}
          label={labelOf(name)}
          description={`${description} From ${formats.count(least)} to ${formats.count(most)}; ${formats.count(usual)} unless set.`}
          inputMode="numeric"
          value={String(draft[name])}
          error={errorOf(name)}
          onChange={({ currentTarget }) => edit({ [name]: currentTarget.value })}
        />
      ))}
      <label className="settings-alerts">
        <input
          type="checkbox"
          checked={draft['alerts'] === true}
          onChange={({ currentTarget }) => edit({ alerts: currentTarget.checked })}
        />
        Tell people when a finding begins, changes or ends
      </label>
      <div className="settings-actions">
        <Button
          type="submit"
          size="xs"
          disabled={Object.keys(changed).length === 0 || !checked.success || saving.state === 'saving'}
        >
          Save
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={isUsual}
          onClick={() => edit(Object.fromEntries(Object.entries(DEFAULT_HEALTH_SETTINGS).map(inText)))}
        >
          Fill in the defaults
        </Button>
        <SavedState saving={saving} fields={FIELDS} />
      </div>
    </form>
  );
}

function inText([name, value]: [string, number | boolean]): [string, string | boolean] {
  return [name, typeof value === 'number' ? String(value) : value];
}

/** The number in a text that is one; anything else as it is, to be refused by the schema. */
function numberIn(value: unknown): unknown {
  return typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
}

function labelOf(name: string): string {
  return Object.entries(LABELS).find(([known]) => known === name)?.[1] ?? name;
}
