"""A Moment: the time, the ids and the randomness of one step, handed in as an argument.

The pure parts (query, asl, core) never ask a clock or a random source; they get a Moment. The shell makes one for
each commit, the simulation makes it from its seed.
"""

import random
from datetime import UTC, datetime

from engine import limits


class Work:
    """What the expressions of a state may still cost, in steps of half a microsecond or so.

    Counted where the cost can be large, and shared by all moments that come from one: many costly expressions in one
    state end where a single endless one does, and the interpreter sees how long it has been at it.
    """

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = limits.STATE_WORK_MAX

    def begin(self) -> None:
        self.left = limits.STATE_WORK_MAX

    @property
    def spent(self) -> int:
        """Since it began."""
        return limits.STATE_WORK_MAX - self.left


class Moment:
    """`epoch_ms` is the time in whole milliseconds since 1970 in UTC."""

    __slots__ = ("_iso", "_random", "epoch_ms", "work")

    def __init__(self, epoch_ms: int, source: random.Random, work: Work | None = None):
        self.epoch_ms = epoch_ms
        self.work = Work() if work is None else work
        self._random = source
        self._iso: str | None = None

    @property
    def iso(self) -> str:
        """`2026-11-22T13:12:00.123Z`, as the context object writes times."""
        if self._iso is None:
            self._iso = iso_time(self.epoch_ms)
        return self._iso

    def later(self, milliseconds: int) -> "Moment":
        return Moment(self.epoch_ms + milliseconds, self._random, self.work)

    def replayed(self, epoch_ms: int, seed: str) -> "Moment":
        """A moment whose randomness follows from `seed`: what is evaluated in it twice comes out the same."""
        return Moment(epoch_ms, random.Random(seed), self.work)

    def uuid(self) -> str:
        return uuid_text(self._random)

    def ordered_uuid(self) -> str:
        """A version 7 UUID: it begins with the time, so names made one after the other stand together in an index.

        For what is stored by its name: at a random place each new name would rewrite another page of the index.
        """
        text = f"{self.epoch_ms << 80 | self._random.getrandbits(80):032x}"
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def random(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def getrandbits(self, bits: int) -> int:
        return self._random.getrandbits(bits)


def uuid_text(source: random.Random) -> str:
    """A version 4 UUID, written out here because the uuid module takes several times as long."""
    text = f"{source.getrandbits(128):032x}"
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def iso_time(epoch_ms: int) -> str:
    whole = datetime.fromtimestamp(epoch_ms // 1000, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}Z"
