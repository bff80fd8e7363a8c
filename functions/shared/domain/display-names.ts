import { isolated } from './name-in-text.ts';

/** What a channel is called. */
interface NamedChannel {
  channelId: string;
  channelName: string;
}

/** What to call a channel among others. */
export interface DisplayName {
  name: string;
  /** Where the name alone does not tell which channel it is. */
  channelId?: string;
}

/**
 * What to call each of some channels that are seen together: by name, and by id as well where two have the
 * same name. Names that differ only in how their letters are encoded look the same, and are.
 *
 * @returns names by channel id
 */
export function displayNames(channels: readonly NamedChannel[]): Map<string, DisplayName> {
  const byName = Map.groupBy(channels, ({ channelName }) => channelName.normalize());
  return new Map(
    channels.map(({ channelId, channelName: name }) => {
      const isAlone = byName.get(name.normalize())?.length === 1;
      return [channelId, { name, ...(!isAlone && { channelId }) }];
    }),
  );
}

/**
 * What a channel is called, as one text: `Slack`, or `Slack (integration_7)`.
 *
 * @param write makes of a name or an id what it has to be where it is written
 */
export function namedBy({ name, channelId }: DisplayName, write: (name: string) => string): string {
  return channelId === undefined ? write(name) : `${write(name)} (${write(channelId)})`;
}

/** A name in text without markup, isolated from what stands beside it. */
export function plainName(displayName: DisplayName): string {
  return namedBy(displayName, isolated);
}
