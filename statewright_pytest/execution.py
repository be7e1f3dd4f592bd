"""What an execution did, for people who read why a test failed: its path of states, and its story in lines."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

LINES_MAX = 60  # of a story
CAUSE_CHARS_MAX = 300

Event = dict[str, Any]


class Status(str):
    """The status of an execution; a comparison that fails tells its story."""

    __slots__ = ("_story",)
    _story: Callable[[], list[str]]

    @classmethod
    def of(cls, text: str, story: Callable[[], list[str]]) -> "Status":
        made = cls(text)
        made._story = story
        return made

    def story(self) -> list[str]:
        return self._story()


class StatePath(list[str]):
    """The names of the states that were entered, in order; a comparison that fails tells the execution's story."""

    def __init__(self, names: Iterable[str], story: Callable[[], list[str]]):
        super().__init__(names)
        self._story = story

    def story(self) -> list[str]:
        return self._story()


def entered(events: Iterable[Event]) -> list[str]:
    """The states that were entered. Those of branches and iterations stand where they began, among each other."""
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def story(title: str, events: list[Event]) -> list[str]:
    """The title, then a line for each event that matters, with the time since the start."""
    began: datetime | None = events[0]["timestamp"] if events else None
    lines = [f"  {_since(began, event['timestamp'])}  {_words(event)}" for event in events if _matters(event)]
    left_out = len(lines) - LINES_MAX
    if left_out > 0:
        lines = [*lines[: LINES_MAX // 2], f"  ... {left_out} lines ...", *lines[-LINES_MAX // 2 :]]
    return [title, *lines]


def failure(found: dict[str, Any]) -> str:
    """`Error: cause` of whatever has an error and a cause; of a function's error only its message, not its trace."""
    cause = found.get("cause")
    if cause and cause.startswith("{"):
        try:
            cause = json.loads(cause)["errorMessage"]
        except (ValueError, KeyError):
            pass  # some other text
    return ": ".join(str(part) for part in (found.get("error"), cause) if part)[:CAUSE_CHARS_MAX]


def _matters(event: Event) -> bool:
    kind = event["type"]
    return "stateEnteredEventDetails" in event or kind.startswith("Execution") or kind.endswith(("Failed", "TimedOut"))


def _words(event: Event) -> str:
    if "stateEnteredEventDetails" in event:
        return f"{event['type'].removesuffix('StateEntered')}: {event['stateEnteredEventDetails']['name']}"
    details: dict[str, Any] = next((value for name, value in event.items() if name.endswith("EventDetails")), {})
    return f"{event['type']} {failure(details)}".rstrip()


def _since(began: datetime | None, at: datetime) -> str:
    passed = at - began if began is not None else timedelta()
    return f"+{passed.days}d {timedelta(seconds=passed.seconds)}" if passed.days else f"+{passed}"[:12].ljust(12)
