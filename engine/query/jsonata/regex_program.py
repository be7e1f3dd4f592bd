"""The instructions of a regular expression: what the reader makes (regex_syntax) and the matcher runs (regex)."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class One:
    """Reads one character of a class, given as a pattern of Python's `re` for one character."""

    test: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Many:
    """Reads from `least` to `most` characters of a class, as many or as few as possible first."""

    run: re.Pattern[str]
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Fork:
    """Goes on at `first`, and at `second` if that fails."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Jump:
    to: int


@dataclass(frozen=True, slots=True)
class Save:
    slot: int


@dataclass(frozen=True, slots=True)
class Forget:
    """The groups from `first` up to `last` have matched nothing: each round of a loop begins so."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Fails where nothing was read since `slot` was saved."""

    slot: int


@dataclass(frozen=True, slots=True)
class Hold:
    anchor: str


@dataclass(frozen=True, slots=True)
class Again:
    group: int


@dataclass(frozen=True, slots=True)
class Look:
    program: "tuple[Instruction, ...]"
    behind: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class Done:
    pass


Instruction = One | Many | Fork | Jump | Save | Forget | Moved | Hold | Again | Look | Done
Code = list[Instruction]
