"""`statewright history`: what happened in an execution, also while it happens."""

import time
from collections.abc import Callable
from typing import Any

import click

from engine import jsontext
from engine.cli.client import Server, on_server, wire
from engine.cli.history_view import LinePrinter, print_history
from engine.cli.output import print_json
from engine.cli.timeline import Timeline

POLL_SECONDS = 0.5
PAGE_EVENTS = 1000
ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}


@click.command(short_help="Show what happened in an execution.")
@click.argument("execution")
@click.option("--follow", "-f", is_flag=True, help="Go on until the execution has ended.")
@click.option("--full", is_flag=True, help="Do not cut inputs and outputs to the line.")
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON; with --follow one a line.")
@on_server
def history(server: Server, execution: str, follow: bool, full: bool, as_json: bool) -> None:
    """Show the history of EXECUTION: its ARN, MACHINE:NAME, or its name."""
    arn = server.execution_arn(execution)
    if follow:
        _follow(server, arn, _json_line if as_json else _line_printer(full))
        return
    pages = server.pages("get_execution_history", executionArn=arn, maxResults=PAGE_EVENTS)
    events = [wire(event) for page in pages for event in page["events"]]
    if as_json:
        print_json(events)
    else:
        print_history(events, full)


def _follow(server: Server, arn: str, show: Callable[[dict[str, Any]], None]) -> None:
    """Shows each event once, in order, until the one that ends the execution."""
    shown = 0
    while True:
        events = _events_after(server, arn, shown)
        for event in events:
            show(event)
            shown = event["id"]
        if events and events[-1]["type"] in ENDS:
            return
        time.sleep(POLL_SECONDS)


def _events_after(server: Server, arn: str, last_id: int) -> list[dict[str, Any]]:
    """The events that came after one, oldest first; reads from the end, so that a poll costs little."""
    found: list[dict[str, Any]] = []
    size = PAGE_EVENTS if last_id == 0 else 100
    for page in server.pages("get_execution_history", executionArn=arn, reverseOrder=True, maxResults=size):
        fresh = [event for event in page["events"] if event["id"] > last_id]
        found += fresh
        if len(fresh) < len(page["events"]):
            break
    return [wire(event) for event in reversed(found)]


def _json_line(event: dict[str, Any]) -> None:
    click.echo(jsontext.dumps(event))


def _line_printer(full: bool) -> Callable[[dict[str, Any]], None]:
    timeline, printer = Timeline(), LinePrinter(full=full)
    return lambda event: printer.print(timeline.line(event))
