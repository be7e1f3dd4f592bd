"""Workers that poll for a task of an activity: so many at once, as on AWS. engine.runtime.long_polls has them wait."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from engine import limits
from engine.errors import ServiceError


def activity_topic(activity_arn: str) -> str:
    """Where the workers of an activity wait."""
    return f"activity {activity_arn}"


class Pollers:
    def __init__(self) -> None:
        self._polling: Counter[str] = Counter()

    @property
    def count(self) -> int:
        return self._polling.total()

    @contextmanager
    def one_more(self, activity_arn: str) -> Iterator[None]:
        """Raises ServiceError where there are as many as may be."""
        if self._polling[activity_arn] >= limits.ACTIVITY_POLLERS_MAX:
            raise ServiceError("ActivityWorkerLimitExceeded", "The maximum number of workers polling is reached.")
        self._polling[activity_arn] += 1
        try:
            yield
        finally:
            self._polling[activity_arn] -= 1
            if not self._polling[activity_arn]:
                del self._polling[activity_arn]
