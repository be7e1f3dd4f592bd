"""Timestamps: what Wait and Choice take, and what they refuse."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine.query.timestamp import parse_timestamp, parse_timestamp_ns

READ: list[tuple[str, str]] = [
    ("2016-03-14T01:59:00Z", "2016-03-14T01:59:00+00:00"),
    ("2016-03-05T21:29:29.243167252Z", "2016-03-05T21:29:29.243+00:00"),
    ("2026-11-22T07:35:02.000000Z", "2026-11-22T07:35:02+00:00"),
    ("2026-11-22T07:35:04.00Z", "2026-11-22T07:35:04+00:00"),
    ("2016-03-14T01:59Z", "2016-03-14T01:59:00+00:00"),
    ("2016-03-14t01:59:00z", "2016-03-14T01:59:00+00:00"),
    ("2016-03-14T01:59:00+05:30", "2016-03-13T20:29:00+00:00"),
    ("2016-03-14T01:59:00.5-08:00", "2016-03-14T09:59:00.500+00:00"),
    ("2016-03-14T01:59:00+00:00:30", "2016-03-14T01:58:30+00:00"),
    ("2016-03-14T01:59:00-00:00", "2016-03-14T01:59:00+00:00"),
    ("2016-02-29T00:00:00Z", "2016-02-29T00:00:00+00:00"),
    ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999+00:00"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ("9999-12-31T23:59:59.999-18:00", "9999-12-31T23:59:59.999+00:00"),
]

REFUSED = [
    "",
    " ",
    "now",
    "2016",
    "2016-03-14",
    "2016-03-14T01:59:00",
    "2026-11-22T07:35:08.000000",
    "2023-02-24 12:15:56.832957",
    "2016-12-05 21:29:29Z",
    "2016-13-05T21:29:29Z",
    "2016-12-05T25:29:29Z",
    "2016-12-05T24:00:00Z",
    "2016-12-05T21:60:29Z",
    "2016-12-05T21:29:60Z",
    "2015-02-29T00:00:00Z",
    "2016-00-05T21:29:29Z",
    "0000-01-01T00:00:00Z",
    "2016-3-14T01:59:00Z",
    "2016-03-14T1:59:00Z",
    "2016-03-14T01:59:00.Z",
    "2016-03-14T01:59:00.1234567890Z",
    "2016-03-14T01:59:00,5Z",
    "2016-03-14T01:59:00+0530",
    "2016-03-14T01:59:00+05",
    "2016-03-14T01:59:00+05:60",
    "2016-03-14T01:59:00+18:01",
    "2016-03-14T01:59:00 Z",
    " 2016-03-14T01:59:00Z",
    "2016-03-14T01:59:00Z\n",
    "20160314T015900Z",
    "２０１６-03-14T01:59:00Z",
    "+2016-03-14T01:59:00Z",
    "12016-03-14T01:59:00Z",
]


def epoch_ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@pytest.mark.parametrize(("text", "same"), READ)
def test_reads(text: str, same: str) -> None:
    expected = epoch_ms(datetime.fromisoformat(same))
    if text.endswith("-18:00"):
        expected += 18 * 3_600_000  # beyond what datetime holds
    assert parse_timestamp(text) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        parse_timestamp(text)


def test_nanoseconds_are_kept_for_comparisons() -> None:
    assert parse_timestamp_ns("1970-01-01T00:00:00.000000001Z") == 1
    assert parse_timestamp_ns("2016-03-05T21:29:29.243167252Z") % 1_000_000_000 == 243_167_252
    assert parse_timestamp_ns("1970-01-01T00:00:01.5+00:00") == 1_500_000_000


@for_all(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),
    st.integers(-18 * 60, 18 * 60),
)
def test_reads_what_is_written(moment: datetime, offset_minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    assert parse_timestamp(aware.isoformat()) == epoch_ms(aware)
    assert parse_timestamp_ns(aware.isoformat()) // 1_000 == (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )
