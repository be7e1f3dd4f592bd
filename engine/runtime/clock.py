"""Where Moments come from: a clock, which says the time and has the randomness that goes with it; the wall's."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from engine.moment import Moment


class Clock(Protocol):
    def moment(self) -> Moment: ...


@dataclass(slots=True)
class WallClock:
    """Never goes back, whatever is done to the system's time: a step back holds it still.

    The randomness names executions and spreads retries; what must not be guessed (task tokens) is signed. So a
    generator with a random seed does, without a system call for each name.
    """

    _source: random.Random = field(default_factory=random.Random)
    _last_ms: int = 0
    _time: Callable[[], float] = time.time

    def moment(self) -> Moment:
        self._last_ms = max(self._last_ms, int(self._time() * 1000))
        return Moment(self._last_ms, self._source)
