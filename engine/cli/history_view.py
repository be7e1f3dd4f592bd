"""Prints a timeline: coloured and cut to the terminal's width, or plain for a pipe."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engine.cli.output import console
from engine.cli.timeline import Event, Line, lines

if TYPE_CHECKING:
    from rich.console import Console

TYPE_WIDTH = 27  # of the longest usual event type
STATE_WIDTH_MAX = 36
DETAIL_WIDTH_MIN = 20
TONES = {"good": "green", "bad": "red", "start": "bold", "plain": ""}


def print_history(events: Sequence[Event], full: bool = False) -> None:
    """The whole history; details are cut to the line unless `full`."""
    timeline = lines(events)
    printer = LinePrinter(widest_state(timeline), full)
    for line in timeline:
        printer.print(line)


def widest_state(timeline: Iterable[Line]) -> int:
    """The width that the column of states needs, and may have."""
    return min(STATE_WIDTH_MAX, max((len(line.state) for line in timeline), default=0))


class LinePrinter:
    """Prints lines as they come, in columns of fixed width."""

    def __init__(self, state_width: int = STATE_WIDTH_MAX, full: bool = False, stderr: bool = False):
        self._console: Console = console(stderr)
        self._state_width = state_width
        self._full = full

    def print(self, line: Line) -> None:
        from rich.text import Text

        text = format_line(line, self._state_width, None if self._full else self._console.width)
        self._console.print(Text(text, style=TONES[line.tone]), soft_wrap=True)


def format_line(line: Line, state_width: int, width: int | None) -> str:
    """One line of text: id, offset, type, state, detail. `width` None: nothing is cut."""
    head = f"{line.id:>5}  {line.offset_seconds:>9.3f}s  {line.type:<{TYPE_WIDTH}}  "
    if width is None:
        return f"{head}{_one_line(line.state):<{state_width}}  {_one_line(line.detail)}".rstrip()
    head += f"{_cut(_one_line(line.state), state_width):<{state_width}}  "
    return (head + _cut(_one_line(line.detail), max(DETAIL_WIDTH_MIN, width - len(head)))).rstrip()


def _one_line(text: str) -> str:
    """White space as single spaces, other control characters as dots: a cause must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else "·" for one in " ".join(text.split()))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"
