"""Records messages one after another with a service that fails, and says which were not recorded."""

import json
import os

from channel_usage_client.api.sharing import make_share_link
from channel_usage_client.connect import RecordingError, connect, record
from channel_usage_client.models import Message, MessageRole, ShareLinkRequest
from httpx_retries import Retry

# No waits but those that the service asks for.
retry = Retry(total=4, backoff_factor=0)
failed = []

with connect(os.environ["URL_OF_SERVICE"], "cua_test", timeout=1, retry=retry) as client:
    for index in range(int(os.environ["MESSAGES"])):
        try:
            record(client, "peer_1", [Message(f"m-{index}", "c-1", "direct", MessageRole.USER)])
        except RecordingError as error:
            failed.append([index, str(error)])
    shared = make_share_link.sync_detailed("peer_1", client=client, body=ShareLinkRequest())

print(json.dumps({"failed": failed, "shared": shared.status_code}))
