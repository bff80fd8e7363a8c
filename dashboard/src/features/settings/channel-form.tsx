import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import * as z from 'zod/mini';
import { CHANNEL_STATUSES } from '../../../../functions/shared/domain/channel.ts';
import {
  channelChange,
  type RegisteredChannel,
} from '../../../../functions/shared/domain/registered-channel.ts';
import { putChannel } from '../../api/queries.ts';
import { useApi } from '../../api/session.tsx';
import { Name } from '../../components/name.tsx';
import { SavedState } from './saved-state.tsx';
import { useSaving } from './use-saving.ts';

export interface ChannelFormProps {
  peerId: string;
  channel: RegisteredChannel;
}

const FIELDS = ['channelName', 'galleryKey', 'status'] as const;
type Draft = Record<(typeof FIELDS)[number], string>;

/** The name, kind and status of a channel, to be changed. */
export function ChannelForm({ peerId, channel }: ChannelFormProps) {
  const api = useApi();
  const saving = useSaving(peerId);
  const [changed, setChanged] = useState<Partial<Draft>>({});
  const [asksToRemove, setAsksToRemove] = useState(false);
  const draft = { ...draftOf(channel), ...changed };
  const change = changeOf(channel, draft);
  const checked = z.safeParse(channelChange, change);
  const isChanged = Object.keys(change).length > 0;
  const edit = (part: Partial<Draft>) => {
    setChanged({ ...changed, ...part });
    setAsksToRemove(false);
    saving.forget();
  };
  const errorOf = (field: string) =>
    checked.error?.issues.find(({ path }) => path[0] === field)?.message ??
    saving.problem?.details.find(({ path }) => path === field)?.message;
  const save = async () => {
    setAsksToRemove(false);
    if (!checked.success) return;
    const { data } = checked;
    if (await saving.save(() => putChannel(api, peerId, channel.channelId, data))) setChanged({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change['status'] === 'removed') setAsksToRemove(true);
    else save();
  };
  const name = channel.channelId;
  return (
    <form className="settings-channel" aria-label={`Channel ${name}`} onSubmit={submit}>
      <Name className="settings-channel-id" of={name} />
      <TextInput
        label="Name"
        value={draft.channelName}
        error={errorOf('channelName')}
        onChange={({ currentTarget }) => edit({ channelName: currentTarget.value })}
      />
      <TextInput
        label="Kind"
        placeholder="such as slack"
        value={draft.galleryKey}
        error={errorOf('galleryKey')}
        onChange={({ currentTarget }) => edit({ galleryKey: currentTarget.value })}
      />
      <NativeSelect
        label="Status"
        data={[...CHANNEL_STATUSES]}
        value={draft.status}
        error={errorOf('status')}
        onChange={({ currentTarget }) => edit({ status: currentTarget.value })}
      />
      <div className="settings-actions">
        {asksToRemove ? (
          <RemovalQuestion onRemove={save} onKeep={() => setAsksToRemove(false)} />
        ) : (
          <Button
            type="submit"
            size="xs"
            disabled={!isChanged || !checked.success || saving.state === 'saving'}
          >
            Save
          </Button>
        )}
        <SavedState saving={saving} fields={FIELDS} />
      </div>
    </form>
  );
}

function RemovalQuestion({ onRemove, onKeep }: { onRemove: () => void; onKeep: () => void }) {
  return (
    <div role="alertdialog" aria-label="Remove the channel?" className="settings-question">
      <span>Remove it from the figures? Its history is kept, and it can be enabled again.</span>
      <Button size="xs" color="red" autoFocus onClick={onRemove}>
        Remove
      </Button>
      <Button size="xs" variant="default" onClick={onKeep}>
        Do not remove
      </Button>
    </div>
  );
}

function draftOf({ channelName, galleryKey = '', status }: RegisteredChannel): Draft {
  return { channelName, galleryKey, status };
}

/** What of a draft is to be set. What was emptied is taken away. */
function changeOf(channel: RegisteredChannel, draft: Draft): Record<string, string | null> {
  const before = draftOf(channel);
  return Object.fromEntries(
    FIELDS.filter((field) => draft[field] !== before[field]).map((field) => [field, draft[field] || null]),
  );
}
