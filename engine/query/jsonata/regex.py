"""Regular expressions, matched in bounded work.

A backtracking matcher has what users write (groups, references, looking around) and may take exponential time;
Python's own cannot be stopped. This one keeps its own stack and counts its steps, so that a pattern out of hand ends as
a timeout of the expression. Runs of one class of characters, what patterns are mostly made of, are left to Python's
`re`, which is linear there. Jumps of the program are relative.
"""

from collections.abc import Callable
from typing import NamedTuple

from engine.query.jsonata.regex_program import Again, Forget, Fork, Hold, Jump, Look, Many, Moved, One, Save
from engine.query.jsonata.regex_program import Instruction as _Instruction
from engine.query.jsonata.regex_syntax import Reader

_STEP_WORK = 2  # a step of the matcher takes so many units of work, about
_LINE_ENDS = "\n\r\u2028\u2029"
Spend = Callable[[int], None]
_Slots = tuple[int, ...]


class Found(NamedTuple):
    """One match: what it reads and where, and what its groups do (None for those that took no part)."""

    match: str
    start: int
    end: int
    groups: list[str | None]


class Regex:
    """A compiled pattern with JavaScript's meaning; `flags` are of `i` and `m`."""

    __slots__ = ("_anchored", "_code", "_first", "_groups", "_ignore_case", "_multiline", "_slots", "source")

    def __init__(self, source: str, flags: str, position: int = 0):
        reader = Reader(source, "i" in flags, position)
        self.source = source
        self._code = reader.program()
        self._groups = reader.groups
        self._slots: _Slots = (-1,) * reader.slots
        self._multiline = "m" in flags
        self._ignore_case = "i" in flags
        first = self._code[0]
        self._anchored = isinstance(first, Hold) and first.anchor == "^" and not self._multiline
        self._first = first.test if isinstance(first, One) else None

    def search(self, text: str, start: int, spend: Spend) -> Found | None:
        """The first match at `start` or behind it; `spend` is told the work."""
        match = _Match(self._multiline, self._ignore_case, text, spend)
        at = start
        while at <= len(text):
            if self._anchored and at > 0:
                return None
            if self._first is not None:
                begin = self._first.search(text, at)
                spend(len(text) - at >> 5)
                if begin is None:
                    return None
                at = begin.start()
            ended = match.run(self._code, at, self._slots)
            if ended is not None:
                end, slots = ended
                groups = [_group(text, slots, group) for group in range(1, self._groups + 1)]
                return Found(text[at:end], at, end, groups)
            at += 1
        return None


def _group(text: str, slots: _Slots, group: int) -> str | None:
    start, end = slots[2 * group], slots[2 * group + 1]
    return text[start:end] if start >= 0 and end >= 0 else None


class _Match:
    """The state of one search that all attempts share."""

    __slots__ = ("_ignore_case", "_multiline", "_spend", "_text")

    def __init__(self, multiline: bool, ignore_case: bool, text: str, spend: Spend):
        self._multiline = multiline
        self._ignore_case = ignore_case
        self._text = text
        self._spend = spend

    def run(
        self, code: tuple[_Instruction, ...], start: int, slots: _Slots, must_end: int | None = None
    ) -> tuple[int, _Slots] | None:
        """Where a match that begins at `start` ends, with its slots; None where there is none."""
        text = self._text
        waiting: list[tuple[int, int, _Slots, int]] = []  # (instruction, place, slots, a run's other end or -1)
        pc, at, steps = 0, start, 0
        while True:
            steps += 1
            if steps >= 1_000:
                self._spend(steps * _STEP_WORK)
                steps = 0
            step = code[pc]
            kind = type(step)
            if kind is One:
                passed = step.test.match(text, at) is not None  # type: ignore[union-attr]
                at += 1
                pc += 1
            elif kind is Many:
                assert isinstance(step, Many)
                low, high = self._reach(step, at)
                passed = low <= high
                pc += 1
                if passed and low < high:
                    waiting.append((pc, high - 1, slots, low) if step.greedy else (pc, -low - 2, slots, high))
                at = high if step.greedy else low
            elif kind is Fork:
                assert isinstance(step, Fork)
                waiting.append((pc + step.second, at, slots, -1))
                pc += step.first
                continue
            elif kind is Jump:
                assert isinstance(step, Jump)
                pc += step.to
                continue
            elif kind is Save:
                assert isinstance(step, Save)
                slots = (*slots[: step.slot], at, *slots[step.slot + 1 :])
                steps += len(slots) >> 6
                pc += 1
                continue
            else:
                done, passed, at, slots = self._other(step, at, slots, must_end)
                if done and passed:
                    self._spend(steps * _STEP_WORK)
                    return at, slots
                pc += 1
            if passed:
                continue
            if not waiting:
                self._spend(steps * _STEP_WORK)
                return None
            pc, at, slots = _resume(waiting)

    def _reach(self, step: Many, at: int) -> tuple[int, int]:
        """From where to where a run may end."""
        limit = len(self._text) if step.most is None else min(len(self._text), at + step.most)
        found = step.run.match(self._text, at, limit)
        assert found is not None, "a run may be empty"
        self._spend(found.end() - at >> 5)
        return at + step.least, found.end()

    def _other(
        self, step: _Instruction, at: int, slots: _Slots, must_end: int | None
    ) -> tuple[bool, bool, int, _Slots]:
        """(whether this was the end, whether it holds, place, slots) of the rarer instructions."""
        if isinstance(step, Hold):
            return False, self._holds(step.anchor, at), at, slots
        if isinstance(step, Moved):
            return False, slots[step.slot] != at, at, slots
        if isinstance(step, Forget):
            first, last = 2 * step.first, 2 * step.last + 2
            return False, True, at, (*slots[:first], *((-1,) * (last - first)), *slots[last:])
        if isinstance(step, Again):
            again = _group(self._text, slots, step.group) or ""
            there = self._text[at : at + len(again)]
            equal = there.lower() == again.lower() if self._ignore_case else there == again
            return False, equal, at + len(again), slots
        if isinstance(step, Look):
            seen = self._seen(step, at, slots)
            if step.negative:
                return False, seen is None, at, slots
            return False, seen is not None, at, slots if seen is None else seen
        return True, must_end is None or at == must_end, at, slots

    def _holds(self, anchor: str, at: int) -> bool:
        text = self._text
        if anchor == "^":
            return at == 0 or (self._multiline and text[at - 1] in _LINE_ENDS)
        if anchor == "$":
            return at == len(text) or (self._multiline and text[at] in _LINE_ENDS)
        boundary = (at > 0 and _is_word(text[at - 1])) != (at < len(text) and _is_word(text[at]))
        return boundary == (anchor == "b")

    def _seen(self, look: Look, at: int, slots: _Slots) -> _Slots | None:
        if not look.behind:
            found = self.run(look.program, at, slots)
            return None if found is None else found[1]
        for start in range(at, -1, -1):
            found = self.run(look.program, start, slots, at)
            if found is not None:
                return found[1]
        return None


def _resume(waiting: list[tuple[int, int, _Slots, int]]) -> tuple[int, int, _Slots]:
    """The last choice that is still open; of a run, its next length."""
    pc, at, slots, other = waiting.pop()
    if other < 0:
        return pc, at, slots
    if at < 0:  # a reluctant run: places are kept as -place - 1, `other` is its longest
        place = -at - 1
        if place < other:
            waiting.append((pc, -place - 2, slots, other))
        return pc, place, slots
    if at > other:  # a greedy run: `other` is its shortest
        waiting.append((pc, at - 1, slots, other))
    return pc, at, slots


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")
