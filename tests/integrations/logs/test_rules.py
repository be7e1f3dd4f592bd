"""What a batch of PutLogEvents may be, names in ARNs, and tokens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.contract import Caller
from engine.errors import ServiceError
from integrations.logs import rules, tokens

NOW = 1_795_357_120_000
HOUR = 3_600_000
DAY = 24 * HOUR


def events(*times: int, message: str = "m") -> list[dict[str, Any]]:
    return [{"timestamp": time, "message": message} for time in times]


BATCHES: list[tuple[str, list[int], int | None, list[int], dict[str, int]]] = [
    ("all kept", [NOW - 5, NOW, NOW], None, [NOW - 5, NOW, NOW], {}),
    ("at the bounds", [NOW - 14 * DAY], None, [NOW - 14 * DAY], {}),
    ("too old", [NOW - 15 * DAY, NOW], None, [NOW], {"tooOldLogEventEndIndex": 1}),
    ("too new", [NOW, NOW + 3 * HOUR], None, [NOW], {"tooNewLogEventStartIndex": 1}),
    (
        "old and new",
        [NOW - 15 * DAY, NOW, NOW + 3 * HOUR],
        None,
        [NOW],
        {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2},
    ),
    ("expired", [NOW - 4 * DAY, NOW], 3, [NOW], {"expiredLogEventEndIndex": 1}),
    (
        "expired and too old",
        [NOW - 15 * DAY, NOW - 4 * DAY, NOW],
        3,
        [NOW],
        {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2},
    ),
    ("none kept", [NOW - 15 * DAY], None, [], {"tooOldLogEventEndIndex": 1}),
    ("span of valid events only", [NOW - 15 * DAY, NOW], None, [NOW], {"tooOldLogEventEndIndex": 1}),
    ("a day", [NOW - DAY, NOW], None, [NOW - DAY, NOW], {}),
]


@pytest.mark.parametrize(
    ("times", "retention", "kept", "rejected"), [case[1:] for case in BATCHES], ids=[case[0] for case in BATCHES]
)
def test_batches(times: list[int], retention: int | None, kept: list[int], rejected: dict[str, int]) -> None:
    batch = rules.take_batch(events(*times), NOW, retention)
    assert [event["timestamp"] for event in batch.kept] == kept
    assert batch.rejected == rejected


EVENT_MAX = limits.LOG_EVENT_BYTES_MAX - limits.LOG_EVENT_OVERHEAD_BYTES
REFUSED = [
    (events(NOW, NOW - 1), "must be in chronological order"),
    (events(NOW - DAY - 1, NOW), "cannot span more than 24 hours"),
    (events(NOW, message="x" * (EVENT_MAX + 1)), "Upload too large: 1048577 bytes exceeds limit of 1048576"),
    (events(NOW, message="é" * (EVENT_MAX // 2 + 1)), "Upload too large"),
    (events(*[NOW] * 3, message="x" * 400_000), "Upload too large: 1200078 bytes exceeds limit of 1048576"),
]


@pytest.mark.parametrize(("batch", "message"), REFUSED, ids=[message[:30] for _, message in REFUSED])
def test_batches_refused(batch: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ServiceError, match=message):
        rules.take_batch(batch, NOW, None)


def test_the_largest_event() -> None:
    assert rules.take_batch(events(NOW, message="x" * EVENT_MAX), NOW, None).rejected == {}


CALLER = Caller("000000000000", "us-east-1")
ARNS = [
    ("arn:aws:logs:us-east-1:000000000000:log-group:/a/b", "/a/b"),
    ("arn:aws:logs:us-east-1:000000000000:log-group:/a/b:*", "/a/b"),
    ("arn:aws:logs:eu-west-1:000000000000:log-group:/a", None),
    ("arn:aws:logs:us-east-1:111111111111:log-group:/a", None),
    ("arn:aws:sqs:us-east-1:000000000000:a", None),
    ("/a/b", None),
]


@pytest.mark.parametrize(("arn", "name"), ARNS)
def test_names_in_arns(arn: str, name: str | None) -> None:
    assert rules.name_in_arn(CALLER, arn) == name


@given(st.sampled_from("fb"), st.integers(0, 2**48), st.integers(0, 2**62))
def test_stream_tokens_come_back(direction: str, time_ms: int, number: int) -> None:
    token = tokens.stream_token(direction, (time_ms, number))
    assert tokens.read_stream_token(token) == (direction, (time_ms, number))


@given(st.tuples(st.integers(0, 2**45), st.integers(0, 2**62)), st.tuples(st.integers(0, 2**45), st.integers(0, 2**62)))
def test_ids_sort_as_events_do(one: tokens.Place, other: tokens.Place) -> None:
    assert (tokens.event_id(one) < tokens.event_id(other)) == (one < other)


@pytest.mark.parametrize(
    "token", ["", "x", "f/1", "f/" + "9" * 58 + "/s", "q/" + "0" * 56 + "/s", "f/" + "0" * 56 + "x"]
)
def test_bad_stream_tokens(token: str) -> None:
    with pytest.raises(ServiceError, match="nextToken is invalid"):
        tokens.read_stream_token(token)


def test_list_tokens_are_bound_to_their_query() -> None:
    token = tokens.list_token(["a", 1], "groups", None)
    assert tokens.read_list_token(token, "groups", None) == ["a", 1]
    assert tokens.read_list_token(None, "groups") is None
    for other in (token[:-1] + "!", token[:-3], "AAAA"):
        with pytest.raises(ServiceError, match="nextToken is invalid"):
            tokens.read_list_token(other, "groups", None)
    with pytest.raises(ServiceError, match="nextToken is invalid"):
        tokens.read_list_token(token, "streams", None)
