"""When a delivery that failed is tried again: the four phases of an SNS delivery policy.

    immediate          `no_delay` times at once
    pre-backoff        `at_min` times, `min_seconds` apart
    backoff            `backoff` times, from `min_seconds` to `max_seconds` as the function says
    post-backoff       `at_max` times, `max_seconds` apart

AWS documents the functions by a picture only; ours all begin at the shortest delay and end at the longest. There is no
jitter, so that a test's clock knows the times. Pure.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass

# function -> (place among the delays: 0 to n - 1, n - 1, longest by shortest) -> 0 (shortest) to 1 (longest)
_GROWTH: dict[str, Callable[[int, int, float], float]] = {
    "linear": lambda at, last, _: at / last,
    "arithmetic": lambda at, last, _: at * (at + 1) / (last * (last + 1)),
    "geometric": lambda at, last, ratio: (ratio ** (at / last) - 1) / (ratio - 1) if ratio > 1 else 0.0,
    "exponential": lambda at, last, _: (2.0**at - 1) / (2.0**last - 1),
}
FUNCTIONS = tuple(_GROWTH)


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    no_delay: int
    at_min: int
    backoff: int
    at_max: int
    min_seconds: int
    max_seconds: int
    function: str = "linear"

    @property
    def retries(self) -> int:
        return self.no_delay + self.at_min + self.backoff + self.at_max

    def delay_ms(self, failures: int) -> int | None:
        """What to wait after so many failures (1 or more); None: it is given up."""
        retry = failures
        if retry <= self.no_delay:
            return 0
        retry -= self.no_delay
        if retry <= self.at_min:
            return self.min_seconds * 1000
        retry -= self.at_min
        if retry <= self.backoff:
            return self._backoff_ms(retry - 1)
        return self.max_seconds * 1000 if retry - self.backoff <= self.at_max else None

    def total_seconds(self) -> float:
        """All delays together."""
        backoff = sum(self._backoff_ms(at) for at in range(self.backoff)) / 1000
        return self.at_min * self.min_seconds + backoff + self.at_max * self.max_seconds

    def packed(self) -> list[int | str]:
        """As a delivery's payload holds it; `unpacked` reads it."""
        return list(astuple(self))

    def _backoff_ms(self, at: int) -> int:
        if self.backoff == 1:
            return self.min_seconds * 1000
        share = _GROWTH[self.function](at, self.backoff - 1, self.max_seconds / max(self.min_seconds, 1))
        return round((self.min_seconds + (self.max_seconds - self.min_seconds) * share) * 1000)


def unpacked(packed: list[int | str]) -> RetrySchedule:
    no_delay, at_min, backoff, at_max, min_seconds, max_seconds = (int(number) for number in packed[:6])
    return RetrySchedule(no_delay, at_min, backoff, at_max, min_seconds, max_seconds, str(packed[6]))


# AWS's own, which nobody can change.
MANAGED = RetrySchedule(3, 2, 10, 100_000, 1, 20, "exponential")  # SQS, Lambda, Firehose
CUSTOMER = RetrySchedule(0, 2, 10, 38, 10, 600, "exponential")  # mail, SMS, mobile push
HTTP_DEFAULT = RetrySchedule(0, 0, 3, 0, 20, 20, "linear")
