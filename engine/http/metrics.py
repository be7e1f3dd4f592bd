"""Counts of what the door did, and their text for Prometheus.

Bounded: a fixed set of buckets, a capped number of series.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from engine import limits

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
_OTHER = ("other", "other", "other")


@dataclass(frozen=True, slots=True)
class Metric:
    """One value from elsewhere in the server, read when the metrics are asked for; `name` without the prefix."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(_BUCKETS_SECONDS) + 1))
    sum_seconds: float = 0.0


class RequestMetrics:
    """Requests by service, operation and error code, and how long they took by service and operation."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str, str], int] = {}
        self._seconds: dict[tuple[str, str], _Histogram] = {}

    def record(self, service: str, operation: str, code: str, seconds: float) -> None:
        key = (service, operation, code)
        if key not in self._requests and len(self._requests) >= limits.METRIC_SERIES_MAX:
            key = _OTHER
        self._requests[key] = self._requests.get(key, 0) + 1
        histogram = self._seconds.get(key[:2])
        if histogram is None:
            histogram = self._seconds[key[:2]] = _Histogram()
        histogram.counts[bisect_left(_BUCKETS_SECONDS, seconds)] += 1
        histogram.sum_seconds += seconds

    def text(self, others: Iterable[Metric] = ()) -> str:
        """Everything in Prometheus's text format."""
        return "\n".join([*self._counters(), *self._histograms(), *_others(others)]) + "\n"

    def _counters(self) -> Iterator[str]:
        name = "statewright_requests_total"
        yield f"# HELP {name} API requests answered, by operation and error code (OK without)."
        yield f"# TYPE {name} counter"
        for (service, operation, code), count in sorted(self._requests.items()):
            labels = _labels((("service", service), ("operation", operation), ("code", code)))
            yield f"{name}{labels} {count}"

    def _histograms(self) -> Iterator[str]:
        name = "statewright_request_seconds"
        yield f"# HELP {name} Time from the request's arrival to its answer."
        yield f"# TYPE {name} histogram"
        for (service, operation), histogram in sorted(self._seconds.items()):
            labels = (("service", service), ("operation", operation))
            total = 0
            for bound, count in zip((*_BUCKETS_SECONDS, "+Inf"), histogram.counts, strict=True):
                total += count
                yield f"{name}_bucket{_labels((*labels, ('le', str(bound))))} {total}"
            yield f"{name}_sum{_labels(labels)} {histogram.sum_seconds:.6f}"
            yield f"{name}_count{_labels(labels)} {total}"


def _others(metrics: Iterable[Metric]) -> Iterator[str]:
    told: set[str] = set()
    for metric in metrics:
        name = f"statewright_{metric.name}"
        if name not in told:
            told.add(name)
            yield f"# HELP {name} {metric.help}"
            yield f"# TYPE {name} {metric.kind}"
        yield f"{name}{_labels(metric.labels)} {metric.value:g}"


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
