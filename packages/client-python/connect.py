"""A client that sends again what may be sent again, and counts no message twice by it."""

import datetime
import re
from collections.abc import Sequence

import httpx
from attrs import evolve
from httpx_retries import Retry, RetryTransport

from .api.messages import record_messages
from .client import AuthenticatedClient
from .models import ErrorAnswer, GatewayMessage, Message, MessageList, RecordedMessages
from .types import UNSET

#: Five attempts, with random waits that double from half a second on, and none shorter than a Retry-After of up to
#: a minute.
RETRY = Retry(total=4, backoff_factor=0.25, max_backoff_wait=60)

#: What changes nothing when it is done twice: reading, and recording, which counts each message once.
_SAFE_TO_REPEAT = re.compile(r"/messages(/lookup)?$")
_ANY_FAILURE = [429, 500, 502, 503, 504]


class RecordingError(Exception):
    """The messages were not recorded: ``answer`` is what the service said."""

    def __init__(self, answer: ErrorAnswer | GatewayMessage | None) -> None:
        error = answer.error if isinstance(answer, ErrorAnswer) else answer
        super().__init__("there was no answer that can be read" if error is None else error.message)
        self.answer = answer


def connect(url: str, key: str, *, timeout: float = 30, retry: Retry = RETRY) -> AuthenticatedClient:
    """A client of the service at a URL, with or without ``/api/v1``, with an API key.

    Reading and recording is sent again after 429, 5xx, time-outs and lost answers; all else after a 429 alone.

    :param timeout: of one attempt, in seconds
    """
    return AuthenticatedClient(
        re.sub(r"(/api/v1)?/*$", "", url.rstrip("/")),
        token=key,
        timeout=httpx.Timeout(timeout),
        httpx_args={"transport": _Transport(retry=retry)},
    )


def record(client: AuthenticatedClient, peer_id: str, messages: Sequence[Message]) -> RecordedMessages:
    """Records up to 500 messages. Those without ``sent_at`` were sent now, and are the same in every attempt.

    After a lost answer, messages are among ``duplicates`` that this very call recorded.

    :raises RecordingError: where the service refused them all; each that it refused by itself is in ``rejected``
    :raises httpx.TransportError: where no answer came
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    dated = [evolve(one, sent_at=now) if one.sent_at is UNSET else one for one in messages]
    answer = record_messages.sync(peer_id, client=client, body=MessageList(dated))
    if not isinstance(answer, RecordedMessages):
        raise RecordingError(answer)
    return answer


class _Transport(RetryTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["retry"] = _retry_for(request, self.retry, _check)
        return super().handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["retry"] = _retry_for(request, self.retry, _check_async)
        return await super().handle_async_request(request)


def _retry_for(request: httpx.Request, retry: Retry, check) -> Retry:
    if request.method == "GET" or _SAFE_TO_REPEAT.search(request.url.path):
        return retry.copy_with(
            allowed_methods=[request.method], status_forcelist=_ANY_FAILURE, validate_response=check
        )
    return retry.copy_with(allowed_methods=[request.method], status_forcelist=[429], retry_on_exceptions=[])


def _check(response: httpx.Response) -> None:
    """An answer is lost, too, where its body is cut, or not what the service answers."""
    response.read()
    _check_body(response)


async def _check_async(response: httpx.Response) -> None:
    await response.aread()
    _check_body(response)


def _check_body(response: httpx.Response) -> None:
    if not response.is_success:
        return
    recording = response.request.url.path.endswith("/messages")
    try:
        is_whole = len(response.content) > 0 and (not recording or "received" in response.json())
    except ValueError:
        is_whole = False
    if not is_whole:
        raise httpx.RemoteProtocolError("the answer is not what the service answers")
