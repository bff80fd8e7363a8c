/** What a channel is called. */
interface NamedChannel {
  channelId: string;
  channelName: string;
}

/**
 * What to call each of some channels that are seen together: by name, and by id as well where two have the
 * same name, as in `Slack (integration_7)`.
 *
 * @returns names by channel id
 */
export function displayNames(channels: readonly NamedChannel[]): Map<string, string> {
  const byName = Map.groupBy(channels, ({ channelName }) => channelName);
  return new Map(
    channels.map(({ channelId, channelName }) => {
      const isAlone = byName.get(channelName)?.length === 1;
      return [channelId, isAlone ? channelName : `${channelName} (${channelId})`];
    }),
  );
}
