"""Compiles Retry and Catch, which Task, Parallel and Map share.

`States.ALL` stands alone in its list, in the last retrier or catcher.
"""

from collections.abc import Sequence
from typing import Any

from engine import limits
from engine.asl.fields import Fields
from engine.asl.model import Catcher, Retrier

ALL = "States.ALL"
_KNOWN = frozenset({"errorOutput"})


def compile_retry(fields: Fields) -> tuple[Retrier, ...]:
    entries: Sequence[dict[str, Any]] = fields.value.get("Retry", ())
    _check_all(fields, "Retry", entries)
    return tuple(_retrier(fields.inner(f"Retry[{index}]", entry)) for index, entry in enumerate(entries))


def compile_catch(fields: Fields) -> tuple[Catcher, ...]:
    entries: Sequence[dict[str, Any]] = fields.value.get("Catch", ())
    _check_all(fields, "Catch", entries)
    return tuple(_catcher(fields.inner(f"Catch[{index}]", entry)) for index, entry in enumerate(entries))


def _check_all(fields: Fields, name: str, entries: Sequence[dict[str, Any]]) -> None:
    for index, entry in enumerate(entries):
        names = entry["ErrorEquals"]
        if ALL in names and (len(names) > 1 or index < len(entries) - 1):
            location = f"{fields.location}/{name}[{index}]/ErrorEquals[{names.index(ALL)}]"
            fields.findings.schema("States.ALL must appear alone and at end of list", location)


def _retrier(fields: Fields) -> Retrier:
    entry = fields.value
    return Retrier(
        error_equals=tuple(entry["ErrorEquals"]),
        interval_seconds=entry.get("IntervalSeconds", 1),
        max_attempts=entry.get("MaxAttempts", 3),
        backoff_rate=_backoff_rate(fields),
        max_delay_seconds=entry.get("MaxDelaySeconds"),
        full_jitter=entry.get("JitterStrategy") == "FULL",
    )


def _backoff_rate(fields: Fields) -> float:
    rate = fields.value.get("BackoffRate", 2.0)
    if rate > limits.BACKOFF_RATE_MAX:  # more than any delay may be, and perhaps no float
        fields.findings.schema(f"Maximum value is {limits.BACKOFF_RATE_MAX}", fields.at("BackoffRate"))
        return 1.0
    return float(rate)


def _catcher(fields: Fields) -> Catcher:
    return Catcher(
        error_equals=tuple(fields.value["ErrorEquals"]),
        next=fields.value["Next"],
        result_path=fields.result_path(),
        assign=fields.assign(knows=_KNOWN),
        output=fields.template("Output", knows=_KNOWN),
    )
