"""Shows on the terminal what a local run is doing: a spinner with the states that are entered now, and a count.

Without a terminal on stderr it shows nothing: a log wants the history at the end, not the moments before it.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engine.cli.output import console
from engine.cli.timeline import details

STATES_SHOWN_MAX = 4

Event = dict[str, Any]


class Entered:
    """The states that were entered and not left, by name; what a spinner says."""

    def __init__(self) -> None:
        self.states: dict[str, int] = {}
        self.events = 0

    def see(self, event: Event) -> None:
        self.events += 1
        name = details(event).get("name")
        if name is None:
            return
        if event["type"].endswith("StateEntered"):
            self.states[name] = self.states.get(name, 0) + 1
        elif event["type"].endswith("StateExited"):
            self.states[name] = self.states.get(name, 1) - 1
            if self.states[name] <= 0:
                del self.states[name]

    def text(self) -> str:
        shown = list(self.states)[-STATES_SHOWN_MAX:]
        more = len(self.states) - len(shown)
        names = ", ".join(f"{name} ×{self.states[name]}" if self.states[name] > 1 else name for name in shown)
        return f"{names or 'starting'}{f' and {more} more' if more > 0 else ''} ({self.events} events)"


@contextmanager
def progress() -> Iterator[Callable[[Event], None]]:
    """What to call with each event while it happens."""
    entered = Entered()
    if not sys.stderr.isatty():
        yield entered.see
        return
    from rich.text import Text

    with console(stderr=True).status("starting") as status:

        def show(event: Event) -> None:
            entered.see(event)
            status.update(Text(entered.text()))

        yield show
