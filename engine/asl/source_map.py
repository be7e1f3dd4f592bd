"""Where in a definition's text a location is: `/States/Pick/Choices[0]/Next` -> line and column, from 1.

A small scanner over sound JSON that remembers where each member and element begins. A location that is not in the text
(a field that is missing, say) leads to the nearest one that surrounds it. JSON pointers (`/States/Pick/Choices/0/Next`)
are understood, too. Members that a later one of the same name replaces are kept apart, as
`duplicates`.

Invariant: scanning keeps its own stack; text that is not JSON ends the map where the scanner is lost.
"""

import json
import re

_TOKEN = re.compile(r'[ \t\r\n]*(?:("(?:[^"\\]|\\.)*")|([\[\]{},:])|([^\s\[\]{},:"]+))', re.DOTALL)
_INDEX = re.compile(r"/(\d+)(?=/|$)")


class SourceMap:
    """The places of one text. `duplicates`: (location of the object, name) of each name that it uses again."""

    __slots__ = ("_places", "_text", "duplicates")

    def __init__(self, text: str):
        self._text = text
        self._places: dict[str, int] = {"": 0}
        self.duplicates: list[tuple[str, str]] = []
        self._scan()

    def find(self, location: str | None) -> tuple[int, int]:
        """(line, column) of a location or of what surrounds it; the text's beginning for None."""
        wanted = "" if location in (None, "/") else str(location)
        while wanted:
            for candidate in (wanted, _INDEX.sub(r"[\1]", wanted)):
                if candidate in self._places:
                    return self._line_and_column(self._places[candidate])
            wanted = wanted[: max(wanted.rfind("[" if wanted.endswith("]") else "/"), 0)]
        return self._line_and_column(0)

    def _line_and_column(self, position: int) -> tuple[int, int]:
        before = self._text.count("\n", 0, position)
        return before + 1, position - self._text.rfind("\n", 0, position)

    def _scan(self) -> None:
        """One pass: `here` is the location of the value at hand, `names` the keys of each open object so far."""
        here = ""
        open_values: list[tuple[str, dict[str, int] | int]] = []  # (location, an object's keys or an array's index)
        expects_key = False
        position = 0
        while (token := _TOKEN.match(self._text, position)) is not None:
            position = token.end()
            text, mark = token[1], token[2]
            if mark in ("{", "["):
                self._remember(here, token.start(2))
                open_values.append((here, {} if mark == "{" else 0))
                expects_key = mark == "{"
                if mark == "[":
                    here = f"{here}[0]"
            elif mark in ("}", "]"):
                if not open_values:
                    return
                here = open_values.pop()[0]
                expects_key = False
            elif mark == ",":
                here, expects_key = self._next_place(open_values)
            elif text is not None and expects_key:
                here = self._member(open_values[-1], text, token.start(1))
                expects_key = False
            elif mark != ":":
                self._remember(here, token.start(1) if text is not None else token.start(3))

    def _next_place(self, open_values: list[tuple[str, dict[str, int] | int]]) -> tuple[str, bool]:
        if not open_values:
            return "", False
        parent, members = open_values[-1]
        if isinstance(members, dict):
            return parent, True
        open_values[-1] = (parent, members + 1)
        return f"{parent}[{members + 1}]", False

    def _member(self, opened: tuple[str, dict[str, int] | int], text: str, position: int) -> str:
        parent, members = opened
        try:
            name = json.loads(text)
        except ValueError:
            name = text[1:-1]
        location = f"{parent}/{name}"
        if isinstance(members, dict):
            if name in members:
                self.duplicates.append((parent, name))
            members[name] = position
        self._places[location] = position
        return location

    def _remember(self, location: str, position: int) -> None:
        """The place of an element or of the root; a member's place is its name."""
        self._places.setdefault(location, position)
