import json
import os
import time
from datetime import date

from generated import AuthenticatedClient
from generated.api.messages import record_messages
from generated.api.statistics import get_channel_stats, get_report, get_report_csv
from generated.models import (
    ChannelStats,
    ErrorAnswer,
    GetChannelStatsIncludeItem,
    Message,
    MessageList,
    MessageRole,
    RecordedMessages,
    UsageReport,
)

peer = os.environ["PEER"]

with AuthenticatedClient(os.environ["URL_OF_HOST"], token=os.environ["API_KEY"]) as client:
    message = Message("m-1", "c-1", "direct", MessageRole.USER)
    recorded = record_messages.sync(peer, client=client, body=MessageList([message]))
    assert isinstance(recorded, RecordedMessages), recorded

    counted = 0
    until = time.monotonic() + 60
    while counted == 0 and time.monotonic() < until:
        time.sleep(0.1)
        stats = get_channel_stats.sync(
            peer, client=client, include=[GetChannelStatsIncludeItem.PERCENTAGE]
        )
        assert isinstance(stats, ChannelStats), stats
        counted = stats.total.message_count

    report = get_report.sync(peer, client=client, period="all")
    assert isinstance(report, UsageReport), report
    csv = get_report_csv.sync(peer, client=client, period="all")
    assert isinstance(csv, str), csv
    refused = get_channel_stats.sync(
        peer, client=client, from_=date(2026, 11, 2), to=date(2026, 11, 1)
    )
    assert isinstance(refused, ErrorAnswer), refused

print(
    json.dumps(
        {
            "recorded": recorded.recorded,
            "counted": counted,
            "reported": report.overview.total_messages,
            "csv": csv.split(",")[0],
            "error": {
                "code": refused.error.code,
                "path": refused.error.details[0].path,
            },
        }
    )
)
