"""GetExecutionHistory: pages of the events that the store keeps as rendered JSON, one row for each commit.

Event ids run from 1 without a gap, so the id of the next event is all that a page token needs. An answer ends at
`maxResults` events or, before that, at a bound in bytes: AWS too may return fewer than were asked for.
"""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from engine import limits
from engine.api import resources
from engine.api.paging import read_page
from engine.api.resources import Request, Response
from engine.contract import Caller
from engine.runtime.protocol import ReadTransaction
from engine.store import history

Event = dict[str, Any]

_PAGES_READ = 8  # rows that one query fetches

# What includeExecutionData=false takes out of an event's details: the data and what describes it.
_DATA: Final = frozenset(
    {
        "input",
        "inputDetails",
        "output",
        "outputDetails",
        "parameters",
        "assignedVariables",
        "assignedVariablesDetails",
    }
)


def get_execution_history(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """GetExecutionHistory of a Standard execution; only what is committed is seen."""
    row = resources.execution(tx, caller, request["executionArn"])
    backwards = bool(request.get("reverseOrder"))
    with_data = request.get("includeExecutionData") is not False
    page = read_page(tx, request, "GetExecutionHistory", row.arn, row.key, backwards, with_data)
    first, final = (row.last_event, 1) if backwards else (1, row.last_event)
    events = _take(_events(tx, row.key, page.cursor or first, backwards), page.size)
    answer: Response = {"events": events if with_data else [_without_data(event) for event in events]}
    if events and events[-1]["id"] != final:
        answer["nextToken"] = page.token(events[-1]["id"] + (-1 if backwards else 1))
    return answer


def _take(events: Iterator[tuple[Event, int]], most: int) -> list[Event]:
    """The first events, at least one where there is one: `most` of them, or as many as the bytes allow."""
    taken: list[Event] = []
    size_bytes = 0
    for event, event_bytes in events:
        size_bytes += event_bytes
        if taken and size_bytes > limits.HISTORY_ANSWER_BYTES_MAX:
            break
        taken.append(event)
        if len(taken) == most:
            break
    return taken


def _events(tx: ReadTransaction, execution: int, start: int, backwards: bool) -> Iterator[tuple[Event, int]]:
    """Each event from `start` to the last one (backwards: to the first) with about the bytes that it takes."""
    step = -1 if backwards else 1
    expected = start
    while expected > 0:
        found = history.pages(tx.connection, execution, expected, _PAGES_READ, backwards)
        read_from = expected
        for page in found:
            events: list[Event] = orjson.loads(page.page)
            share = len(page.page) // max(len(events), 1)
            for event in events[::step]:
                if event["id"] == expected:
                    yield event, share
                    expected += step
        if expected == read_from:
            return


def _without_data(event: Event) -> Event:
    return {
        name: {key: kept for key, kept in value.items() if key not in _DATA} if isinstance(value, dict) else value
        for name, value in event.items()
    }
