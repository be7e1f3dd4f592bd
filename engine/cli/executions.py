"""`statewright start` and `statewright executions`: begin an execution on a running server, list them."""

import time
from typing import Any

import click

from engine.cli.client import Server, on_server, wire
from engine.cli.output import CliError, console, duration, print_json, print_table, print_value, utc_time
from engine.cli.sources import read_json

STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
POLL_SECONDS = 0.5
LIST_DEFAULT = 100


@click.command(short_help="Start an execution on a running server.")
@click.argument("machine")
@click.option("--input", "input_", default="{}", metavar="JSON|@FILE|-", help="The execution's input; {} without it.")
@click.option("--name", help="The execution's name; the server makes one up without it.")
@click.option("--wait", is_flag=True, help="Wait until it has ended, print its output; exit 1 unless it succeeded.")
@click.option("--json", "as_json", is_flag=True, help="Print the server's answer as JSON.")
@on_server
def start(server: Server, machine: str, input_: str, name: str | None, wait: bool, as_json: bool) -> None:
    """Start an execution of MACHINE, a name or an ARN, on a running server."""
    text = read_json(input_, "--input")
    answer = server.call("start_execution", stateMachineArn=server.machine_arn(machine), input=text, name=name)
    if wait:
        _wait(server, answer["executionArn"], as_json)
    elif as_json:
        print_json(wire(answer))
    else:
        click.echo(answer["executionArn"])


def _wait(server: Server, execution_arn: str, as_json: bool) -> None:
    """The execution's end. Who gives up waiting, or loses the server, has been told what goes on without him."""
    click.echo(f"Waiting for {execution_arn}", err=True)
    while (answer := server.call("describe_execution", executionArn=execution_arn))["status"] == "RUNNING":
        time.sleep(POLL_SECONDS)
    if as_json:
        print_json(wire(answer))
    else:
        print_value(answer.get("output"))
    if answer["status"] != "SUCCEEDED":
        raise CliError(failure_text(answer["status"], answer.get("error"), answer.get("cause")))


def failure_text(status: str, error: str | None, cause: str | None) -> str:
    """`FAILED: CardDeclined: The bank declined the card`."""
    return ": ".join(part for part in (status, error, cause) if part)


@click.command(short_help="List executions, newest first.")
@click.argument("machine", required=False)
@click.option("--status", type=click.Choice(STATUSES, case_sensitive=False), help="Only those in this status.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=LIST_DEFAULT, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@on_server
def executions(server: Server, machine: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """List the executions of MACHINE (a name or an ARN), or of all Standard machines, newest first."""
    found: list[dict[str, Any]] = []
    for arn in [server.machine_arn(machine)] if machine else _standard_machines(server):
        found += _listed(server, arn, status, limit)
    found.sort(key=lambda one: one["startDate"], reverse=True)
    del found[limit:]
    if as_json:
        print_json(wire(found))
    elif found:
        print_table(("NAME", "MACHINE", "STATUS", "STARTED", "TOOK"), [_row(one) for one in found])
    else:
        console(stderr=True).print("No executions.")


def _standard_machines(server: Server) -> list[str]:
    pages = server.pages("list_state_machines")
    return [one["stateMachineArn"] for page in pages for one in page["stateMachines"] if one["type"] == "STANDARD"]


def _listed(server: Server, machine_arn: str, status: str | None, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in server.pages(
        "list_executions", stateMachineArn=machine_arn, statusFilter=status, maxResults=min(limit, 1000)
    ):
        found += page["executions"]
        if len(found) >= limit:
            break
    return found[:limit]


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    started = one["startDate"].timestamp()
    took = duration(one["stopDate"].timestamp() - started) if one.get("stopDate") else ""
    return one["name"], one["stateMachineArn"].rpartition(":")[2], one["status"], utc_time(started), took
