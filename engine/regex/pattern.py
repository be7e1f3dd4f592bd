"""Finding what an expression matches, in time that grows with the text and with nothing else.

A character is found when it is part of any match: so there is no choice between matches to make, and what is found is
the same however it is searched. The expression is a line of positions for each alternative; a set of positions is an
integer, a bit for each.

    reached   forwards: positions at which a match that began somewhere may stand on this character
    leading   backwards: positions from which a match that stands on this character may come to its end
    found     where the two meet

Each direction is an automaton that is built while it runs, and thrown away when it grows too large. Not for more than
one thread at a time.
"""

from collections.abc import Callable, Iterable, Sequence

from engine import limits
from engine.regex.syntax import Alternative, CharacterSet, Dialect, Item, read_pattern

Spans = list[tuple[int, int]]  # (start, end) of what is found, in the order of the text


class Pattern:
    """A compiled expression. Raises PatternError."""

    def __init__(self, text: str, dialect: Dialect):
        lines = _lines(read_pattern(text, dialect))
        self._nothing = [one for one, _ in lines if all(item.optional for item in one.items)]
        self._sets: list[CharacterSet] = [item.characters for line, _ in lines for item in line.items]
        self._of_character: dict[str, int] = {}
        after = [0] * len(self._sets)
        before = [0] * len(self._sets)
        for line, offset in lines:
            _connect(line.items, offset, after, before)
        begins = {flag: _union(_first(one.items, at) for one, at in lines if one.from_start is flag) for flag in _FLAGS}
        ends = {flag: _union(_last(one.items, at) for one, at in lines if one.to_end is flag) for flag in _FLAGS}
        self._forwards = _Automaton(after, begins[False], begins[True], self._at)
        self._backwards = _Automaton(before, ends[False], ends[True], self._at)
        self._ends = ends[False]
        self._ends_of_text = ends[True]

    def spans(self, text: str) -> Spans:
        """The runs of characters that are part of a match."""
        reached = self._forwards.run(text)
        if not any(found & self._ends for found in set(reached)):
            if not reached or not reached[-1] & self._ends_of_text:
                return []
        leading = self._backwards.run(text[::-1])
        return _runs(bool(found & leads) for found, leads in zip(reached, reversed(leading), strict=True))

    def matches(self, text: str) -> bool:
        """Whether it matches anywhere, be it nothing at the start or the end."""
        if any(not (one.from_start and one.to_end) or not text for one in self._nothing):
            return True
        return self._forwards.reaches(text, self._ends, self._ends_of_text)

    def _at(self, character: str) -> int:
        """The positions that the character may stand at."""
        found = self._of_character.get(character)
        if found is None:
            if len(self._of_character) >= limits.REGEX_TRANSITIONS_MAX:
                self._of_character.clear()
            found = sum(1 << at for at, characters in enumerate(self._sets) if characters(character))
            self._of_character[character] = found
        return found


_FLAGS = (False, True)


class _State:
    __slots__ = ("positions", "row")

    def __init__(self, positions: int):
        self.positions = positions
        self.row: dict[str, _State] = {}


class _Automaton:
    """`steps`: where one comes to from each position; `anywhere`, `at_once`: where one begins."""

    def __init__(self, steps: Sequence[int], anywhere: int, at_once: int, characters: Callable[[str], int]):
        self._steps = steps
        self._anywhere = anywhere
        self._at_once = at_once
        self._characters = characters
        self._states: dict[int, _State] = {}
        self._transitions = 0

    def run(self, text: str) -> list[int]:
        """The positions at each character of the text."""
        if not text:
            return []
        state = self._first(text)
        found = [state.positions]
        note = found.append
        for character in text[1:]:
            state = state.row.get(character) or self._transition(state, character)
            note(state.positions)
        return found

    def reaches(self, text: str, anywhere: int, at_last: int) -> bool:
        """Whether one comes to some of the positions `anywhere` in the text, or of `at_last` at its last character."""
        if not text:
            return False
        state = self._first(text)
        for character in text[1:]:
            if state.positions & anywhere:
                return True
            state = state.row.get(character) or self._transition(state, character)
        return bool(state.positions & (anywhere | at_last))

    def _first(self, text: str) -> "_State":
        return self._state((self._anywhere | self._at_once) & self._characters(text[0]))

    def _transition(self, state: _State, character: str) -> _State:
        if self._transitions >= limits.REGEX_TRANSITIONS_MAX:
            self._states.clear()
            self._transitions = 0
        self._transitions += 1
        reached, left = self._anywhere, state.positions
        while left:
            lowest = left & -left
            reached |= self._steps[lowest.bit_length() - 1]
            left ^= lowest
        following = state.row[character] = self._state(reached & self._characters(character))
        return following

    def _state(self, positions: int) -> _State:
        found = self._states.get(positions)
        if found is None:
            found = self._states[positions] = _State(positions)
        return found


# ---- from alternatives to positions ----


def _lines(alternatives: list[Alternative]) -> list[tuple[Alternative, int]]:
    """Each alternative with the number of its first position."""
    found, at = [], 0
    for alternative in alternatives:
        found.append((alternative, at))
        at += len(alternative.items)
    return found


def _connect(items: Sequence[Item], offset: int, after: list[int], before: list[int]) -> None:
    """Note which position may follow which."""
    for at, item in enumerate(items):
        reach = [at] if item.repeats else []
        for following in range(at + 1, len(items)):
            reach.append(following)
            if not items[following].optional:
                break
        for following in reach:
            after[offset + at] |= 1 << (offset + following)
            before[offset + following] |= 1 << (offset + at)


def _first(items: Sequence[Item], offset: int) -> int:
    """The positions that a match may begin at."""
    found = 0
    for at, item in enumerate(items):
        found |= 1 << (offset + at)
        if not item.optional:
            break
    return found


def _last(items: Sequence[Item], offset: int) -> int:
    """The positions that a match may end at."""
    found = 0
    for at in range(len(items) - 1, -1, -1):
        found |= 1 << (offset + at)
        if not items[at].optional:
            break
    return found


def _union(sets: Iterable[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


def _runs(inside: Iterable[bool]) -> Spans:
    spans: Spans = []
    start: int | None = None
    at = 0
    for at, found in enumerate(inside, 1):
        if found and start is None:
            start = at - 1
        elif not found and start is not None:
            spans.append((start, at - 1))
            start = None
    if start is not None:
        spans.append((start, at))
    return spans
