import { CloseButton } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { displayNames, plainName } from '../../../../functions/shared/domain/display-names.ts';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import { OTHER_COLOR } from '../../../shared/channel-colors.ts';
import { ChannelMark } from '../../components/channel-mark.tsx';
import { ChannelName, Name } from '../../components/name.tsx';
import { Notice } from '../../components/notice.tsx';
import { useOwnLabel } from '../../components/owner.tsx';
import { useEnvironment } from '../../environment.ts';
import type { NarrowingChange } from '../../state/narrowing.ts';
import './narrowing-strip.css';
import type { Listing } from './use-listing.ts';

export interface NarrowingStripProps {
  listing: Listing;
  days: DayRange | undefined;
  showsDisabled: boolean;
  /** All channels that are listed. */
  channels: ChannelStats['channels'];
  colors: ReadonlyMap<string, string>;
  onNarrow: (change: NarrowingChange) => void;
  onShowDisabled: (shows: boolean) => void;
}

/** Says above the figures what they are narrowed to, and leads back. */
export function NarrowingStrip(props: NarrowingStripProps) {
  const { listing, days, showsDisabled, channels, colors, onNarrow, onShowDisabled } = props;
  const { dates } = useEnvironment();
  const label = useOwnLabel('Shown alone');
  const { channelId, unknownChannelId } = listing;
  const channel = channels.find((one) => one.channelId === channelId);
  const isNarrowed = channelId !== undefined || days !== undefined;
  useEscape(isNarrowed, () => onNarrow({ channelId: undefined, days: undefined }));
  const name = channel && (displayNames(channels).get(channel.channelId) ?? { name: channel.channelName });
  const told = [name && plainName(name), days && dates.range(days)].filter((part) => part !== undefined);
  return (
    <>
      <Told text={told.length === 0 ? undefined : `Only ${told.join(', only ')}`} />
      {unknownChannelId !== undefined && (
        <Notice tone="warning">
          <p>
            This peer has no channel “<Name of={unknownChannelId} />
            ”, which the address names. All channels are shown.
          </p>
        </Notice>
      )}
      {(isNarrowed || showsDisabled) && (
        <section className="narrowing" aria-label={label}>
          {isNarrowed && <span className="narrowing-only">Only</span>}
          {channelId !== undefined && (
            <Chip label="Show all channels" onClose={() => onNarrow({ channelId: undefined })}>
              {channel && <ChannelMark channel={channel} color={colors.get(channelId) ?? OTHER_COLOR} />}
              <ChannelName className="one-line" of={name ?? { name: channelId }} />
              {channel?.status !== undefined && channel.status !== 'enabled' && (
                <span className="narrowing-status">{channel.status}</span>
              )}
            </Chip>
          )}
          {days !== undefined && (
            <Chip label="Show all days of the range" onClose={() => onNarrow({ days: undefined })}>
              {dates.range(days)}
            </Chip>
          )}
          {showsDisabled && (
            <Chip label="Leave disabled channels out" onClose={() => onShowDisabled(false)}>
              With disabled channels
            </Chip>
          )}
        </section>
      )}
    </>
  );
}

function Chip({ label, onClose, children }: { label: string; onClose: () => void; children: ReactNode }) {
  return (
    <span className="narrowing-chip">
      {children}
      <CloseButton className="narrowing-close" size="sm" aria-label={label} title={label} onClick={onClose} />
    </span>
  );
}

/** Tells screen readers what is shown alone, and when it is no more. */
function Told({ text }: { text: string | undefined }) {
  const [wasTold, setWasTold] = useState(false);
  if (text !== undefined && !wasTold) setWasTold(true);
  return (
    <span role="status" className="visually-hidden">
      {text ?? (wasTold && 'All channels and days are shown')}
    </span>
  );
}

/** Where Escape has a meaning of its own. */
const TAKES_ESCAPE = 'input, select, textarea, dialog, [role=dialog], [role=listbox], [aria-expanded=true]';

function useEscape(isOn: boolean, act: () => void): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const press = (event: KeyboardEvent) => {
      const isTaken = event.target instanceof Element && event.target.closest(TAKES_ESCAPE) !== null;
      if (event.key === 'Escape' && !event.defaultPrevented && !isTaken) act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
}
