import { isolated } from '../../functions/shared/domain/name-in-text.ts';

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
 * same name.
 *
 * @returns names by channel id
 */
export function displayNames(channels: readonly NamedChannel[]): Map<string, DisplayName> {
  const byName = Map.groupBy(channels, ({ channelName }) => channelName);
  return new Map(
    channels.map(({ channelId, channelName: name }) => {
      const isAlone = byName.get(name)?.length === 1;
      return [channelId, { name, ...(!isAlone && { channelId }) }];
    }),
  );
}

/** A name in text without markup, such as `Slack`, or `Slack (integration_7)`. */
export function plainName({ name, channelId }: DisplayName): string {
  return channelId === undefined ? isolated(name) : `${isolated(name)} (${isolated(channelId)})`;
}
