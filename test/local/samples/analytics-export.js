import { getChannelStats } from './get-channel-stats.js';

async function exportToAnalytics(peerId, apiKey) {
  const stats = await getChannelStats(peerId, apiKey);

  // Google Analytics example
  gtag('event', 'peer_channel_stats', {
    peer_id: peerId,
    total_messages: stats.total.messageCount,
    total_conversations: stats.total.conversationCount,
    channel_count: stats.channels.length
  });

  // Track each channel
  stats.channels.forEach(channel => {
    gtag('event', 'channel_usage', {
      peer_id: peerId,
      channel_name: channel.channelName,
      message_count: channel.messageCount,
      conversation_count: channel.conversationCount
    });
  });
}

// Stand-in
function gtag(...event) {
  console.log(JSON.stringify(event));
}

// Usage
await exportToAnalytics('peer_hr', 'your-api-key');
