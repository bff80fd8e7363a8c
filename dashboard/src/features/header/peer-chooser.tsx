import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useId, useState, useSyncExternalStore } from 'react';
import { peersQuery } from '../../api/queries.ts';
import { useApi } from '../../api/session.tsx';
import { Name } from '../../components/name.tsx';
import { useEnvironment } from '../../environment.ts';
import { peerOptions } from './peer-options.ts';

export interface PeerChooserProps {
  /** What the peer is for. */
  label?: string;
  peerId: string | undefined;
  hasFocusAtFirst?: boolean;
  onPeer: (peerId: string) => void;
}

const ASK_AFTER_MS = 200;

/** Chooses a peer: one of those that the key may read, by anything in its id, or one by its whole id. */
export function PeerChooser(props: PeerChooserProps) {
  const { label = 'Peer', peerId = '', hasFocusAtFirst = false, onPeer } = props;
  const { dates, recentPeers } = useEnvironment();
  const api = useApi();
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const [shown, setShown] = useState(peerId);
  if (shown !== peerId) {
    // What was typed is shown by now, or the Back button was used.
    setShown(peerId);
    setDraft(undefined);
  }
  const typed = draft === undefined || draft === peerId ? '' : draft.trim();
  const [search] = useDebouncedValue(typed, ASK_AFTER_MS);
  const { data, isPlaceholderData } = useQuery(peersQuery(api, search));
  const recent = useSyncExternalStore(recentPeers.subscribe, recentPeers.read);
  const { known, days, typed: byId } = peerOptions(typed, data?.peers ?? [], recent);
  // Where not all that were found are listed, it may be one of the others.
  const isNotFound = search === typed && !isPlaceholderData && data?.cursor === null;
  const options = byId === undefined ? known : [...known, byId];

  return (
    <div className="peer-chooser">
      <label htmlFor={id}>{label}</label>
      <Autocomplete
        id={id}
        data={options}
        filter={({ options: all }) => all}
        value={draft ?? peerId}
        placeholder="Choose a peer"
        spellCheck={false}
        autoFocus={hasFocusAtFirst}
        selectFirstOptionOnChange
        // The list scrolls itself: a scrolling element around it would be one that the keyboard cannot reach.
        withScrollArea={false}
        classNames={{ options: 'peer-options' }}
        onChange={setDraft}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => setDraft(undefined)}
        onOptionSubmit={onPeer}
        renderOption={({ option: { value } }) => (
          <span className="peer-option">
            <span className="peer-option-id">
              {value === byId ? (
                <>
                  Open “<Name of={value} />” by its id
                </>
              ) : (
                <Name of={value} />
              )}
            </span>
            <span className="peer-option-day">
              {value === byId ? isNotFound && 'not found' : activity(days.get(value), dates.day)}
            </span>
          </span>
        )}
      />
    </div>
  );
}

/** @param lastActiveDay `null` where there was never a message; nothing where it is not known */
function activity(lastActiveDay: string | null | undefined, format: (day: string) => string): string {
  if (lastActiveDay === undefined) return 'opened before';
  return lastActiveDay === null ? 'no messages yet' : `last active ${format(lastActiveDay)}`;
}
