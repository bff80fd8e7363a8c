import { type DisplayName, plainName } from '../../../functions/shared/domain/display-names.ts';
import { shownName } from '../../../functions/shared/domain/name-in-text.ts';

export interface NameProps {
  of: string;
  className?: string;
}

/** A name or an id from outside. It has its own direction, and leaves that of the text around it alone. */
export function Name({ of, ...attributes }: NameProps) {
  return <bdi {...attributes}>{shownName(of)}</bdi>;
}

export interface ChannelNameProps {
  of: DisplayName;
  /** How it is cut off where it is long; all of it is in a tooltip. */
  className?: string;
}

/** What a channel is called among others. */
export function ChannelName({ of, className }: ChannelNameProps) {
  const { name, channelId } = of;
  const attributes = { className, title: plainName(of) };
  if (channelId === undefined) return <bdi {...attributes}>{shownName(name)}</bdi>;
  return (
    <span {...attributes}>
      <Name of={name} /> (<Name of={channelId} />)
    </span>
  );
}
