export async function getChannelStats(peerId, apiKey) {
  const response = await fetch(
    `http://127.0.0.1:8787/api/v1/peer/${peerId}/channel-stats`,
    {
      headers: {
        'Authorization': `Bearer ${apiKey}`,
        'Content-Type': 'application/json'
      }
    }
  );

  const data = await response.json();

  // Calculate percentages
  const stats = data.channels.map(channel => ({
    ...channel,
    percentage: (
      (channel.messageCount / data.total.messageCount) * 100
    ).toFixed(1)
  }));

  return {
    channels: stats,
    total: data.total
  };
}
