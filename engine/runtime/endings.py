"""What ended while the store was read for what is open.

After a lost batch the server goes on and reads the store beside it. What the store said to be open may have ended, and
be forgotten by its actor, until that hears of it: then it would be done once more. So the actor keeps, for as long as
the reading takes, the names of what ends.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Endings:
    """Names, while `noting`; none otherwise."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: set[Hashable] | None = None

    @contextmanager
    def noting(self) -> Iterator[None]:
        self._names = set()
        try:
            yield
        finally:
            self._names = None

    def note(self, name: Hashable) -> None:
        if self._names is not None:
            self._names.add(name)

    def __contains__(self, name: Hashable) -> bool:
        return self._names is not None and name in self._names
