import json
import os
import time
from datetime import date

from channel_usage_client.api.statistics import get_channel_stats, get_report, get_report_csv
from channel_usage_client.connect import connect, record
from channel_usage_client.models import ErrorAnswer, Message, MessageRole

peer = os.environ["PEER"]

with connect(os.environ["URL_OF_HOST"] + "/api/v1/", os.environ["API_KEY"]) as client:
    recorded = record(client, peer, [Message("m-1", "c-1", "direct", MessageRole.USER)])

    counted = 0
    until = time.monotonic() + 60
    while counted == 0 and time.monotonic() < until:
        time.sleep(0.1)
        counted = get_channel_stats.sync(peer, client=client).total.message_count

    report = get_report.sync(peer, client=client, period="all")
    csv = get_report_csv.sync(peer, client=client, period="all")
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
