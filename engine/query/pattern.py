"""Regular expressions of filters, matched in bounded time.

Users write the patterns and the texts. A backtracking matcher (Python's `re`, Java's too) may take exponential time
over a short text, and here it would hold up every execution of the process; so all states are followed side by side,
character by character: time is at most states x characters, known before the match begins.
"""

from functools import lru_cache

from engine.query.pattern_syntax import Done, Fork, Hold, Instruction, One, PatternSyntaxError, is_word, read_program

__all__ = ["Pattern", "PatternSyntaxError"]

_Around = tuple[str, str]  # the characters before and after a position, empty at the ends of the text


class Pattern:
    """A compiled pattern. `matches` is for the whole text, as Jayway's `=~`."""

    __slots__ = ("_multiline", "_program", "_reach", "text")

    def __init__(self, text: str, flags: str = ""):
        self.text = text
        self._multiline = "m" in flags
        self._program: tuple[Instruction, ...] = read_program(text, flags)
        self._reach = lru_cache(maxsize=1_000)(self._reached)

    def work(self, text: str) -> int:
        """An upper bound of the steps that a match takes."""
        return len(self._program) * (len(text) + 1)

    def matches(self, text: str) -> bool:
        states = self._closure({0}, ("", text[:1]))
        for at, char in enumerate(text):
            if not states:
                return False
            passed = {state + 1 for state in states if self._passes(state, char)}
            states = self._closure(passed, (char, text[at + 1 : at + 2]))
        return len(self._program) - 1 in states

    def _passes(self, state: int, char: str) -> bool:
        instruction = self._program[state]
        return isinstance(instruction, One) and instruction.test(char)

    def _closure(self, states: set[int], around: _Around) -> set[int]:
        found: set[int] = set()
        for state in states:
            if state not in found:
                found |= self._reach(state, self._kinds(around))
        return found

    def _kinds(self, around: _Around) -> frozenset[str]:
        """Which anchors hold between two characters."""
        before, after = around
        holds = {"b" if _boundary(before, after) else "B"}
        if not before:
            holds |= {"^", "A"}
        if not after:
            holds |= {"$", "Z", "z"}
        if self._multiline:
            holds |= ({"^"} if before == "\n" and after else set()) | ({"$"} if after == "\n" else set())
        return frozenset(holds)

    def _reached(self, state: int, holds: frozenset[str]) -> frozenset[int]:
        """The reading states (and the end) that `state` leads to without reading."""
        seen: set[int] = set()
        waiting = [state]
        while waiting:
            each = waiting.pop()
            if each in seen:
                continue
            seen.add(each)
            instruction = self._program[each]
            if isinstance(instruction, Fork):
                waiting += instruction.targets
            elif isinstance(instruction, Hold) and instruction.anchor in holds:
                waiting.append(each + 1)
        return frozenset(each for each in seen if isinstance(self._program[each], One | Done))


def _boundary(before: str, after: str) -> bool:
    return (before != "" and is_word(before)) != (after != "" and is_word(after))
