import { CloseButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef } from 'react';
import { channelsQuery, healthSettingsQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { useApi } from '../../api/session.tsx';
import { useFirstRows } from '../../components/first-rows.tsx';
import { Name } from '../../components/name.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
import { ChannelForm } from './channel-form.tsx';
import { HealthForm } from './health-form.tsx';
import './settings-dialog.css';

export interface SettingsDialogProps {
  peerId: string;
  onClose: () => void;
}

/** What can be set of a peer: its channels, and what its findings are judged by. */
export function SettingsDialog({ peerId, onClose }: SettingsDialogProps) {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="settings" aria-labelledby={titleId} onClose={onClose}>
      <header className="settings-header">
        <h2 id={titleId}>
          Settings of <Name of={peerId} />
        </h2>
        <CloseButton aria-label="Close the settings" onClick={() => dialog.current?.close()} />
      </header>
      <Channels peerId={peerId} />
      <Health peerId={peerId} />
    </dialog>
  );
}

const NO_CHANNELS = [] as const;

function Channels({ peerId }: { peerId: string }) {
  const options = channelsQuery(useApi(), peerId);
  const query = useQuery(options);
  const { shown, more } = useFirstRows(query.data?.channels ?? NO_CHANNELS, 20);
  return (
    <section>
      <h3>Channels</h3>
      <p className="settings-note">
        A name that is set here beats the one in messages; without one, that shows again. Messages of disabled
        and removed channels count too, and are left out of the figures.
      </p>
      {query.data === undefined ? (
        <Unanswered
          problem={problemOf(query)}
          queryKey={options.queryKey}
          label="Loading the channels"
          height={160}
        />
      ) : (
        <ul className="settings-channels">
          {shown.map((channel) => (
            <li key={channel.channelId}>
              <ChannelForm peerId={peerId} channel={channel} />
            </li>
          ))}
        </ul>
      )}
      {query.data?.channels.length === 0 && <p className="settings-note">This peer has no channels yet.</p>}
      {more}
    </section>
  );
}

function Health({ peerId }: { peerId: string }) {
  const options = healthSettingsQuery(useApi(), peerId);
  const query = useQuery(options);
  return (
    <section>
      <h3>Health</h3>
      {query.data === undefined ? (
        <Unanswered
          problem={problemOf(query)}
          queryKey={options.queryKey}
          label="Loading the thresholds"
          height={240}
        />
      ) : (
        <HealthForm peerId={peerId} settings={query.data} />
      )}
    </section>
  );
}
