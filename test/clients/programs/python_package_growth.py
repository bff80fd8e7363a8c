"""Reads answers of a later version of the service, in which there are words that this client does not know."""

from channel_usage_client.models import ErrorAnswer, Health, Key, LookedUpMessage, OtherFinding, RecordedMessages, Trust

error = {"code": "from_tomorrow", "message": "no", "status": 418, "requestId": "r"}
assert ErrorAnswer.from_dict({"error": error}).error.code == "from_tomorrow"

rejection = {"index": 0, "code": "from_tomorrow", "message": "no"}
recorded = RecordedMessages.from_dict(
    {"received": 1, "recorded": 0, "duplicates": 0, "rejected": [rejection]}
)
assert recorded.rejected[0].code == "from_tomorrow"

finding = {"code": "from_tomorrow", "severity": "urgent", "message": "look", "evidence": {"hours": 3}}
health = Health.from_dict({"status": "attention", "findings": [finding]})
[other] = health.findings
assert isinstance(other, OtherFinding), other
assert (other.code, other.additional_properties["evidence"]) == ("from_tomorrow", {"hours": 3}), other

assert LookedUpMessage.from_dict({"status": "from_tomorrow"}).status == "from_tomorrow"
key = {"keyId": "k", "scopes": ["from:tomorrow"], "peers": "all", "expiresAt": None}
assert Key.from_dict(key).scopes == ["from:tomorrow"]
trust = {
    "status": "from_tomorrow",
    "countedThrough": None,
    "lagSeconds": None,
    "firstCountedDay": None,
    "sealedThrough": None,
    "notCounted": {"quarantined": 0, "givenUp": 0},
    "channels": [],
    "asOf": "2026-11-27T10:00:05Z",
}
assert Trust.from_dict(trust).status == "from_tomorrow"
