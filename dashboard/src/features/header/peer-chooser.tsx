import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { peersQuery } from '../../api/queries.ts';
import { useApi } from '../../api/session.tsx';
import { Name } from '../../components/name.tsx';
import { useEnvironment } from '../../environment.ts';

export interface PeerChooserProps {
  /** What the peer is for. */
  label?: string;
  peerId: string | undefined;
  hasFocusAtFirst?: boolean;
  onPeer: (peerId: string) => void;
}

const ASK_AFTER_MS = 200;

/** Chooses a peer: one of those that the key may read, or one that is typed in full. */
export function PeerChooser(props: PeerChooserProps) {
  const { label = 'Peer', peerId = '', hasFocusAtFirst = false, onPeer } = props;
  const { dates } = useEnvironment();
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
  const [prefix] = useDebouncedValue(typed, ASK_AFTER_MS);
  const { data } = useQuery(peersQuery(api, prefix));

  // Answers to an earlier prefix may hold peers that do not begin with what is typed by now.
  const listed = (data?.peers ?? []).filter((peer) => peer.peerId.startsWith(typed));
  const days = new Map(listed.map((peer) => [peer.peerId, peer.lastActiveDay]));
  const options = typed === '' || days.has(typed) ? [...days.keys()] : [...days.keys(), typed];

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
              {days.has(value) ? (
                <Name of={value} />
              ) : (
                <>
                  Show “<Name of={value} />”
                </>
              )}
            </span>
            {days.has(value) && (
              <span className="peer-option-day">{activity(days.get(value), dates.day)}</span>
            )}
          </span>
        )}
      />
    </div>
  );
}

function activity(lastActiveDay: string | null | undefined, format: (day: string) => string): string {
  return lastActiveDay == null ? 'no messages yet' : `last active ${format(lastActiveDay)}`;
}
