"""`statewright queues`: the queues of a running server with their counts, or the messages of one, without receiving.

Counts come from SQS's own API; the messages from the server's endpoint (`GET /_statewright/queues/messages`), as the
API shows a message only to who receives it.
"""

from typing import Any

import click

from engine.cli.client import Server, on_server
from engine.cli.output import CliError, console, print_json, print_table, utc_time

QUEUES_SHOWN_MAX = 1_000
BODY_CHARS_SHOWN = 80
_COUNTS = {
    "visible": "ApproximateNumberOfMessages",
    "inFlight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


@click.command(short_help="List queues with their counts, or look into one.")
@click.argument("queue", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@on_server
def queues(server: Server, queue: str | None, as_json: bool) -> None:
    """List the queues of a running server; or, of QUEUE (a name or a URL), the messages, which stay where they are."""
    if queue is None:
        _print_queues(_all(server), as_json)
    else:
        _print_messages(server.get("/_statewright/queues/messages", queue=queue)["messages"], as_json)


def _all(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token = None
    while True:
        more: dict[str, Any] = {} if token is None else {"NextToken": token}
        page = server.call_of("sqs", "list_queues", MaxResults=QUEUES_SHOWN_MAX, **more)
        found += [_counted(server, url) for url in page.get("QueueUrls", ())]
        token = page.get("NextToken")
        if token is None:
            return found
        if len(found) >= QUEUES_SHOWN_MAX:
            raise CliError(f"There are more than {QUEUES_SHOWN_MAX} queues; name the one to look into.")


def _counted(server: Server, url: str) -> dict[str, Any]:
    answer = server.call_of("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=list(_COUNTS.values()))
    counts = answer["Attributes"]
    return {"name": url.rpartition("/")[2], "url": url, **{name: int(counts[key]) for name, key in _COUNTS.items()}}


def _print_queues(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif not found:
        console(stderr=True).print("There are no queues.")
    else:
        rows = [[one["name"], *(str(one[name]) for name in _COUNTS)] for one in found]
        print_table(["QUEUE", "VISIBLE", "IN FLIGHT", "DELAYED"], rows)


def _print_messages(messages: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(messages)
    elif not messages:
        console(stderr=True).print("The queue is empty.")
    else:
        columns = ["MESSAGE", "STATE", "SENT", "RECEIVED", "GROUP", "BODY"]
        print_table(columns, [_row(message) for message in messages])


def _row(message: dict[str, Any]) -> list[str]:
    body = " ".join(message["body"].split())
    shown = body if len(body) <= BODY_CHARS_SHOWN else body[: BODY_CHARS_SHOWN - 1] + "…"
    sent, group = utc_time(message["sentAt"]), message["groupId"] or ""
    return [message["messageId"], message["state"], sent, str(message["receiveCount"]), group, shown]
