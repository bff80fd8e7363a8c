/** The figures of a peer, from the server of this page, which has the key. */
export async function fetchChannelStats(peerId) {
  const response = await fetch(`/usage/peer/${encodeURIComponent(peerId)}/channel-stats`);
  if (!response.ok) throw new Error(`The figures cannot be had: status ${response.status}`);
  return response.json();
}
