import { getChannelStats } from './get-channel-stats.js';

async function monitorChannelHealth(peerId, apiKey) {
  const stats = await getChannelStats(peerId, apiKey);

  // Check for inactive channels
  const inactiveChannels = stats.channels.filter(
    ch => ch.messageCount === 0
  );

  if (inactiveChannels.length > 0) {
    sendAlert('Inactive channels detected', inactiveChannels);
  }

  // Check for imbalanced distribution
  const topChannel = stats.channels[0];
  const topPercentage =
    (topChannel.messageCount / stats.total.messageCount) * 100;

  if (topPercentage > 90) {
    sendAlert('Heavy reliance on single channel', topChannel);
  }
}

// Stand-in
function sendAlert(text, channels) {
  console.log(JSON.stringify([text, channels]));
}

// Usage
await monitorChannelHealth(process.argv[2], 'your-api-key');
