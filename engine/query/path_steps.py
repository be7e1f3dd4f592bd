"""The steps of a compiled path, and what each finds in a value: Jayway's rules, which are AWS's.

| step | text | finds | definite |
|---|---|---|---|
| Names | `.a` `['a','b']` | the property; of several names one object of them, as last step only | one name, or last |
| Indexes | `[0]` `[-1]` `[0,2]` | the items | one index |
| FromEnd | `[(@.length-1)]` | the item so far from the end | yes |
| Slice | `[1:3]` | the items of a range | no |
| Wildcard | `.*` `[*]` | every property or item | no |
| Filter | `[?(@.a == 1)]` | the items that it accepts, or the object itself | no |
| Scan | `..` before a step | what the step finds in each object and array below, outermost first | no |

While every step so far was definite, a step that does not fit is an error (PathNotFound, in Jayway's words); behind an
indefinite one it finds nothing. Values are never changed, and each value that is looked at is counted: a path cannot
work without bound.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from engine import limits
from engine.errors import StateError
from engine.query import java


class PathNotFound(Exception):
    """A definite path that leads nowhere; `detail` says where it ended, in Jayway's words.

    `missing_index`: all was there but the item of an array that the last step names. A template takes null for it.
    """

    def __init__(self, detail: str, missing_index: bool = False):
        super().__init__(detail)
        self.detail = detail
        self.missing_index = missing_index


class PathInvalid(PathNotFound):
    """A path that must not be applied, wherever it leads."""


class Walk:
    """One evaluation of a path: the document that `$` means within filters, and what is left of its bounds."""

    __slots__ = ("document", "values_left", "work_left", "work_max")

    def __init__(self, document: Any, work_max: int = limits.PATH_WORK_MAX):
        self.document = document
        self.values_left = limits.PATH_RESULTS_MAX
        self.work_left = self.work_max = min(work_max, limits.PATH_WORK_MAX)

    def spend(self, values: int) -> None:
        self.values_left -= values
        if self.values_left < 0:
            raise StateError("States.Runtime", f"A path looks at more than {limits.PATH_RESULTS_MAX} values")

    def labour(self, work: int) -> None:
        """Comparisons and matches over much data, which cost more than a value looked at."""
        self.work_left -= work
        if self.work_left < 0:
            raise StateError("States.Runtime", "The filters of a path have too much data to compare")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its path a step stands: `definite` when all steps before it are, `last` when none follows."""

    walk: Walk
    before: tuple["Step", ...]
    definite: bool
    last: bool

    def path(self) -> str:
        return "$" + "".join(step.text for step in self.before)


class Step(Protocol):
    @property
    def text(self) -> str: ...

    def definite(self, last: bool) -> bool: ...

    def meets(self, value: Any, place: Place) -> bool:
        """Whether a scan stops at this object or array to apply the step."""
        ...

    def select(self, value: Any, place: Place) -> list[Any]: ...


def evaluate(steps: tuple[Step, ...], value: Any, walk: Walk) -> list[Any]:
    """All that the steps find from `value` on, in Jayway's order. Raises PathNotFound, StateError."""
    values = [value]
    definite = True
    for at, step in enumerate(steps):
        last = at == len(steps) - 1
        place = Place(walk, steps[:at], definite, last)
        found: list[Any] = []
        for each in values:
            selected = step.select(each, place)
            walk.spend(1 + len(selected))
            found += selected
        values = found
        definite = definite and step.definite(last)
        if definite and not values:  # an index beyond its array
            path = "$" + "".join(each.text for each in steps)
            raise PathNotFound(f"No results for path: {path}", missing_index=last)
    return values


def is_definite(steps: tuple[Step, ...]) -> bool:
    return all(step.definite(at == len(steps) - 1) for at, step in enumerate(steps))


@dataclass(frozen=True, slots=True)
class Names:
    """`call`: it is written as a function, `length()`."""

    names: tuple[str, ...]
    call: bool = False

    @property
    def text(self) -> str:
        return "[" + ", ".join(f"'{name}'" for name in self.names) + "]"

    def definite(self, last: bool) -> bool:
        return last or len(self.names) == 1

    def meets(self, value: Any, place: Place) -> bool:
        return isinstance(value, dict) and (not self.definite(place.last) or all(n in value for n in self.names))

    def select(self, value: Any, place: Place) -> list[Any]:
        if not isinstance(value, dict):
            if not place.definite:
                return []
            raise PathNotFound(f"Property {self.text} not found in path {place.path()}")
        if len(self.names) > 1:
            if not place.last:  # a user's gist, "AWS Step Functions JSONPath gotchas", has the text
                raise PathInvalid(f"Multi properties can only be used as path leafs: {place.path()}{self.text}")
            return [{name: value[name] for name in self.names if name in value}]
        if self.names[0] in value:
            return [value[self.names[0]]]
        if not place.definite:
            return []
        raise PathNotFound(
            f"{'No results for path:' if place.last else 'Missing property in path'} {place.path()}{self.text}"
        )


@dataclass(frozen=True, slots=True)
class Indexes:
    indexes: tuple[int, ...]

    @property
    def text(self) -> str:
        return "[" + ",".join(map(str, self.indexes)) + "]"

    def definite(self, last: bool) -> bool:
        return len(self.indexes) == 1

    def meets(self, value: Any, place: Place) -> bool:
        return isinstance(value, list)

    def select(self, value: Any, place: Place) -> list[Any]:
        if not _is_array(value, self.text, place):
            return []
        return [value[index] for index in self.indexes if -len(value) <= index < len(value)]


@dataclass(frozen=True, slots=True)
class FromEnd:
    """`[(@.length-1)]`, the last item, as a user of AWS wrote it."""

    back: int

    @property
    def text(self) -> str:
        return f"[@.size()-{self.back}]"

    def definite(self, last: bool) -> bool:
        return True

    def meets(self, value: Any, place: Place) -> bool:
        return isinstance(value, list)

    def select(self, value: Any, place: Place) -> list[Any]:
        if not _is_array(value, self.text, place) or not 0 < self.back <= len(value):
            return []
        return [value[-self.back]]


@dataclass(frozen=True, slots=True)
class Slice:
    """`start` or `end` None: open. With both, a negative end goes with a negative start: `[1:-1]` finds nothing."""

    start: int | None
    end: int | None

    @property
    def text(self) -> str:
        return f"[{'' if self.start is None else self.start}:{'' if self.end is None else self.end}]"

    def definite(self, last: bool) -> bool:
        return False

    def meets(self, value: Any, place: Place) -> bool:
        return isinstance(value, list)

    def select(self, value: Any, place: Place) -> list[Any]:
        if not _is_array(value, self.text, place):
            return []
        if self.start is None or self.end is None:
            found: list[Any] = value[self.start : self.end]
            return found
        first, end = max(self.start, -len(value)), min(self.end, len(value))
        return [value[index] for index in range(first, end) if -len(value) <= index < len(value)]


@dataclass(frozen=True, slots=True)
class Wildcard:
    text: str = "[*]"

    def definite(self, last: bool) -> bool:
        return False

    def meets(self, value: Any, place: Place) -> bool:
        return True

    def select(self, value: Any, place: Place) -> list[Any]:
        if isinstance(value, dict):
            return list(value.values())
        return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Filter:
    """`accepts(item, walk)`: the compiled predicate."""

    accepts: Callable[[Any, Walk], bool]
    text: str = "[?]"

    def definite(self, last: bool) -> bool:
        return False

    def meets(self, value: Any, place: Place) -> bool:
        return self.accepts(value, place.walk)

    def select(self, value: Any, place: Place) -> list[Any]:
        if isinstance(value, dict):
            return [value] if self.accepts(value, place.walk) else []
        if not isinstance(value, list):
            return []
        return [item for item in value if self.accepts(item, place.walk)]


@dataclass(frozen=True, slots=True)
class Scan:
    """`..` and the step behind it."""

    step: Step

    @property
    def text(self) -> str:
        return ".." + self.step.text

    def definite(self, last: bool) -> bool:
        return False

    def meets(self, value: Any, place: Place) -> bool:
        return True

    def select(self, value: Any, place: Place) -> list[Any]:
        below = Place(place.walk, place.before, False, place.last)
        found: list[Any] = []
        for each in _containers(value, place.walk):
            if self.step.meets(each, below):
                found += self.step.select(each, below)
        return found


def _is_array(value: Any, text: str, place: Place) -> bool:
    if isinstance(value, list):
        return True
    if not place.definite:
        return False
    if value is None:
        raise PathNotFound(f"The path {place.path()} is null")
    raise PathNotFound(f"Filter: {text} can only be applied to arrays. Current context is: {java.text(value)}")


def _containers(value: Any, walk: Walk) -> Iterator[Any]:
    """Every object and array in `value`, itself included, outermost first; no recursion, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        children = each.values() if isinstance(each, dict) else each if isinstance(each, list) else None
        if children is None:
            continue
        walk.spend(1 + len(children))
        yield each
        waiting.extend([child for child in children if isinstance(child, dict | list)][::-1])
