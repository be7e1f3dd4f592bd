"""A clock for those who drive the engine by hand: batches of a kernel, a shell in the test's own process."""

import random
from dataclasses import dataclass

from engine.moment import Moment


@dataclass(slots=True)
class VirtualClock:
    """Implements engine.runtime.clock.Clock: time that moves when it is told to, and randomness from a seed."""

    epoch_ms: int
    source: random.Random

    def moment(self) -> Moment:
        return Moment(self.epoch_ms, self.source)

    def advance_to(self, epoch_ms: int) -> None:
        self.epoch_ms = max(self.epoch_ms, epoch_ms)
