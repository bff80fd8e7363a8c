import requests
from typing import Dict, List

def get_channel_stats(peer_id: str, api_key: str) -> Dict:
    """Fetch channel usage statistics for a peer"""
    response = requests.get(
        f'http://127.0.0.1:8787/api/v1/peer/{peer_id}/channel-stats',
        headers={
            'Authorization': f'Bearer {api_key}',
            'Content-Type': 'application/json'
        }
    )

    data = response.json()

    # Add percentage calculations
    total_messages = data['total']['messageCount']
    for channel in data['channels']:
        channel['percentage'] = round(
            (channel['messageCount'] / total_messages) * 100, 1
        ) if total_messages > 0 else 0

    return data

# Usage
stats = get_channel_stats('peer_123', 'your-api-key')
print(f"Total messages: {stats['total']['messageCount']}")

# Sort by message count
sorted_channels = sorted(
    stats['channels'],
    key=lambda x: x['messageCount'],
    reverse=True
)

for channel in sorted_channels:
    print(f"{channel['channelName']}: {channel['messageCount']} ({channel['percentage']}%)")
