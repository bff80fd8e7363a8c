import { getChannelStats } from './get-channel-stats.js';

const apiKey = 'your-api-key';

const stats = await getChannelStats('peer_123', apiKey);

// Find high-traffic channels (>30% of total)
const highTrafficChannels = stats.channels.filter(
  ch => (ch.messageCount / stats.total.messageCount) > 0.3
);

console.log('High-traffic channels requiring monitoring:');
highTrafficChannels.forEach(ch => {
  console.log(`- ${ch.channelName}: ${ch.messageCount} messages`);
});
