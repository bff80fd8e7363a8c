import { getChannelStats } from './get-channel-stats.js';

async function generateMonthlyReport(peerId, apiKey) {
  const stats = await getChannelStats(peerId, apiKey);

  const report = {
    period: 'October 2025',
    peer: peerId,
    overview: {
      totalMessages: stats.total.messageCount,
      totalConversations: stats.total.conversationCount,
      channelCount: stats.channels.length
    },
    channels: stats.channels.map(ch => ({
      name: ch.channelName,
      messages: ch.messageCount,
      conversations: ch.conversationCount,
      avgMessagesPerConversation: (
        ch.messageCount / ch.conversationCount
      ).toFixed(1),
      marketShare: (
        (ch.messageCount / stats.total.messageCount) * 100
      ).toFixed(1) + '%'
    }))
  };

  return report;
}

// Usage
console.log(JSON.stringify(await generateMonthlyReport('peer_support', 'your-api-key')));
