import { getChannelStats } from './get-channel-stats.js';

const apiKey = 'your-api-key';

const stats = await getChannelStats('peer_123', apiKey);

const ratios = stats.channels.map(ch => ({
  name: ch.channelName,
  ratio: (ch.messageCount / ch.conversationCount).toFixed(1),
  engagement: ch.messageCount / ch.conversationCount > 5 ? 'High' : 'Low'
}));

console.log('Channel engagement levels:');
ratios.forEach(r => {
  console.log(`${r.name}: ${r.ratio} msgs/conv (${r.engagement})`);
});
