import json
import os
import time
from datetime import date

from generated import ApiClient, Configuration, MessagesApi, StatisticsApi
from generated.exceptions import BadRequestException
from generated.models import ErrorAnswer, Message, MessageList

peer = os.environ["PEER"]
settings = Configuration(host=os.environ["URL_OF_HOST"], access_token=os.environ["API_KEY"])

with ApiClient(settings) as client:
    statistics = StatisticsApi(client)
    message = Message(message_id="m-1", conversation_id="c-1", channel_id="direct", role="user")
    recorded = MessagesApi(client).record_messages(peer, MessageList(messages=[message]))

    counted = 0
    until = time.monotonic() + 60
    while counted == 0 and time.monotonic() < until:
        time.sleep(0.1)
        counted = statistics.get_channel_stats(peer, include=["percentage"]).total.message_count

    report = statistics.get_report(peer, period="all")
    csv = statistics.get_report_csv(peer, period="all")
    try:
        statistics.get_channel_stats(peer, var_from=date(2026, 11, 2), to=date(2026, 11, 1))
    except BadRequestException as refused:
        assert isinstance(refused.data, ErrorAnswer)
        error = refused.data.error
    else:
        raise AssertionError("not refused")

print(
    json.dumps(
        {
            "recorded": recorded.recorded,
            "counted": counted,
            "reported": report.overview.total_messages,
            "csv": csv.split(",")[0],
            "error": {"code": error.code, "path": error.details[0].path},
        }
    )
)
