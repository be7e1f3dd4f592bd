"""What one evaluation carries: its bounds, and the frames that names are bound in.

Work and memory are counted, not timed: the same expression over the same data ends in the same place everywhere. A unit
of work is about a microsecond; loops and calls pay before they run. Bytes are those that a result would take on AWS: a
character one, an item of an array eight.
"""

from collections.abc import Iterable
from typing import Any

from engine import limits
from engine.moment import Moment
from engine.query.jsonata.errors import memory_exceeded, timeout
from engine.query.jsonata.values import UNDEFINED, boolean

_ITEM_BYTES = 8
_VISITED_AT_ONCE = 1_000


class Run:
    """One evaluation. `unusual` is set once something was made that JSON has not: functions, infinite numbers."""

    __slots__ = ("_bytes_left", "_work_left", "_work_max", "moment", "unusual")

    def __init__(self, moment: Moment):
        self.moment = moment
        self.unusual = False
        self._work_left = self._work_max = min(limits.JSONATA_WORK_MAX, moment.work.left)
        self._bytes_left = limits.JSONATA_HELD_BYTES_MAX

    def spend(self, work: int) -> None:
        """Raises JsonataError where the evaluation has taken too long."""
        self._work_left -= work
        if self._work_left < 0:
            raise timeout()

    def account(self) -> None:
        """The evaluation is over: its state has so much less to spend."""
        self.moment.work.left -= self._work_max - self._work_left

    def hold(self, size: int) -> None:
        """Says that a value of `size` bytes is about to be made. Raises JsonataError where that is too much."""
        self._bytes_left -= size
        if size > limits.JSONATA_VALUE_BYTES_MAX or self._bytes_left < 0:
            raise memory_exceeded()

    def fit(self, size: int) -> None:
        """Says how large a value has become that is still being made. Raises JsonataError where that is too much."""
        if size > limits.JSONATA_VALUE_BYTES_MAX:
            raise memory_exceeded()

    def fit_items(self, count: int) -> None:
        self.fit(count * _ITEM_BYTES)

    def visit(self, value: Any) -> int:
        """Spends what deep work on a value takes, and says how many values are in it.

        A value may hold another many times over, and that one too: what is small in memory may be endless to look at.
        """
        count, told = 0, 0
        waiting: list[Iterable[Any]] = [(value,)]
        while waiting:
            for each in waiting.pop():
                count += 1
                if type(each) is dict:
                    waiting.append(each.values())
                elif isinstance(each, list):
                    waiting.append(each)
            if count - told > _VISITED_AT_ONCE:
                self.spend(count - told)
                told = count
        self.spend(count - told)
        return count - 1

    def weigh(self, value: Any) -> None:
        """The same for a value that is to be written. Raises JsonataError where its text would be too large."""
        size = self.visit(value) * _ITEM_BYTES
        waiting: list[Iterable[Any]] = [(value,)]
        while waiting:
            for each in waiting.pop():
                if type(each) is str:
                    size += len(each)
                elif type(each) is dict:
                    size += sum(map(len, each))
                    waiting.append(each.values())
                elif isinstance(each, list):
                    waiting.append(each)
            self.fit(size)

    def true(self, value: Any) -> bool:
        """What a value means as a condition."""
        if isinstance(value, list):
            self.visit(value)
        return boolean(value)

    def hold_items(self, count: int) -> None:
        self.hold(count * _ITEM_BYTES)


class Frame:
    """Names bound in a block, a call or a step; `depth` is how deep evaluation stood when the function was called."""

    __slots__ = ("depth", "names", "parent", "run")

    def __init__(self, names: dict[str, Any], parent: "Frame | None", depth: int, run: Run):
        self.names = names
        self.parent = parent
        self.depth = depth
        self.run = run

    def over(self, names: dict[str, Any]) -> "Frame":
        """A frame inside this one."""
        return Frame(names, self, self.depth, self.run)

    def lookup(self, name: str) -> Any:
        frame: Frame | None = self
        while frame is not None:
            names = frame.names
            if name in names:
                return names[name]
            frame = frame.parent
        return UNDEFINED
