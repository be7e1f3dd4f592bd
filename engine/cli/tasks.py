"""`statewright tasks` and `statewright complete`: an operator's answer to a task that waits.

The list comes from the server's own endpoint (`GET /_statewright/tasks`), as the AWS API never shows a task token to
anybody but the one it was made for; the answer goes through SendTaskSuccess and SendTaskFailure like any other.
"""

import time
from typing import Any

import click

from engine.cli.client import Server, on_server
from engine.cli.output import UsageError, console, duration, print_json
from engine.cli.sources import read_json

TASKS_PATH = "/_statewright/tasks"


@click.command(short_help="List the tasks that an execution waits for.")
@click.argument("execution")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@on_server
def tasks(server: Server, execution: str, as_json: bool) -> None:
    """List the tasks that EXECUTION (its ARN, MACHINE:NAME, or its name) waits for, with their tokens."""
    found = server.get(TASKS_PATH, executionArn=server.execution_arn(execution))["tasks"]
    if as_json:
        print_json(found)
        return
    if not found:
        console(stderr=True).print("No task of this execution waits for an answer.")
    now = time.time()
    for task in found:
        click.echo(_text(task, now))


def _text(task: dict[str, Any], now: float) -> str:
    """A task over several lines; the token stands alone on its line, whole, to be copied."""
    lines = [
        f"{task['stateName']}  ({task['resource']})",
        f"  waiting for  {duration(max(0.0, now - task['since']))}",
    ]
    if task.get("timeoutAt") is not None:
        lines.append(f"  times out in {duration(max(0.0, task['timeoutAt'] - now))}")
    if task.get("taskToken"):
        lines.append(f"  token        {task['taskToken']}")
    return "\n".join(lines)


@click.command(short_help="Answer a waiting task by its token.")
@click.argument("token")
@click.option("--output", metavar="JSON|@FILE|-", help="The task succeeds with this result.")
@click.option("--error", metavar="NAME", help="The task fails with this error name.")
@click.option("--cause", metavar="TEXT", help="Why it failed; only with --error.")
@on_server
def complete(server: Server, token: str, output: str | None, error: str | None, cause: str | None) -> None:
    """Answer the waiting task of TOKEN: with --output it succeeds, with --error it fails."""
    if (output is None) == (error is None):
        raise UsageError("Say either --output JSON (the task succeeds) or --error NAME (it fails).")
    if cause is not None and error is None:
        raise UsageError("--cause goes with --error.")
    text = None if output is None else read_json(output, "--output")
    if text is not None:
        server.call("send_task_success", taskToken=token, output=text)
        console(stderr=True).print("The task succeeded.")
    else:
        server.call("send_task_failure", taskToken=token, error=error, cause=cause)
        console(stderr=True).print("The task failed, as you said.")
