import { getChannelStats } from './get-channel-stats.js';

// Usage
const stats = await getChannelStats('peer_123', 'your-api-key');
console.log(`Total messages: ${stats.total.messageCount}`);
stats.channels.forEach(channel => {
  console.log(`${channel.channelName}: ${channel.messageCount} (${channel.percentage}%)`);
});
