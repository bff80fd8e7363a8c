import { readFileSync, writeFileSync } from 'node:fs';
import { getChannelStats } from './get-channel-stats.js';

// Store stats daily
async function trackDailyStats(peerId, apiKey) {
  const stats = await getChannelStats(peerId, apiKey);

  await database.save({
    date: new Date(),
    peerId: peerId,
    channels: stats.channels,
    total: stats.total
  });
}

// Compare week-over-week growth
async function calculateGrowth(peerId, weeks = 4) {
  const history = await database.query({
    peerId,
    date: { $gte: subtractWeeks(new Date(), weeks) }
  });

  // Calculate growth per channel
  return history.at(-1).channels.map(({ channelId, channelName }) => {
    const counts = history.map(({ channels }) =>
      channels.find(channel => channel.channelId === channelId)?.messageCount ?? 0
    );
    const weekly = counts.slice(1).map((count, week) => count - counts[week]);
    const growth = weekly.slice(1).map((count, week) => (
      (count - weekly[week]) / weekly[week] * 100
    ).toFixed(1) + '%');
    return { channelName, weekly, growth };
  });
}

// Stand-ins: the database is a file, where a save lies as many weeks back as it is told to
const [file, weeksBack] = process.argv.slice(2);

const database = {
  async save(stats) {
    const saved = [...readSaved(), { ...stats, date: subtractWeeks(stats.date, weeksBack) }];
    writeFileSync(file, JSON.stringify(saved));
  },
  async query({ peerId, date }) {
    return readSaved().filter(stats => stats.peerId === peerId && new Date(stats.date) >= date.$gte);
  }
};

function readSaved() {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function subtractWeeks(date, weeks) {
  return new Date(date.getTime() - weeks * 7 * 24 * 60 * 60 * 1000);
}

// Usage
if (weeksBack === undefined) {
  console.log(JSON.stringify(await calculateGrowth('peer_growing')));
} else {
  await trackDailyStats('peer_growing', 'your-api-key');
}
