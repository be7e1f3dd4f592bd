"""CreateLogStream, DeleteLogStream, DescribeLogStreams."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from integrations.logs import store
from integrations.logs.errors import invalid, no_stream, stream_exists
from integrations.logs.groups import existing
from integrations.logs.rules import group_arn, group_name
from integrations.logs.store import Stream
from integrations.logs.tokens import list_token, read_list_token

Request = dict[str, Any]
Response = dict[str, Any]


def create_log_stream(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreateLogStream."""
    group = existing(tx, caller, request["logGroupName"])
    if store.stream(tx.connection, group.id, request["logStreamName"]) is not None:
        raise stream_exists()
    store.add_stream(tx.connection, group.id, request["logStreamName"], tx.moment.epoch_ms)
    return {}


def delete_log_stream(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteLogStream: its events are removed a bounded number at a time."""
    group = existing(tx, caller, request["logGroupName"])
    stream = existing_stream(tx, group.id, request["logStreamName"])
    store.delete_stream(tx.connection, group.id, stream.id)
    return {}


def describe_log_streams(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DescribeLogStreams, by name or by the time of the last event."""
    by_time = request.get("orderBy") == "LastEventTime"
    prefix, descending = request.get("logStreamNamePrefix"), bool(request.get("descending"))
    if by_time and prefix:
        raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    group = existing(tx, caller, group_name(caller, request))
    query = (group.id, by_time, prefix, descending)
    size = request.get("limit") or limits.LOG_PAGE_NAMES_MAX
    after = read_list_token(request.get("nextToken"), *query)
    found = store.list_streams(
        tx.connection, group.id, size + 1, by_time=by_time, descending=descending, prefix=prefix, after=after
    )
    page = found[:size]
    arn = group_arn(caller, group.name)
    response: Response = {"logStreams": [_shown(arn, stream) for stream in page]}
    if len(found) > size:
        response["nextToken"] = list_token([page[-1].last_ms or 0, page[-1].name], *query)
    return response


def existing_stream(tx: Transaction, group_id: int, name: str) -> Stream:
    """Raises ResourceNotFoundException."""
    found = store.stream(tx.connection, group_id, name)
    if found is None:
        raise no_stream()
    return found


def _shown(group: str, stream: Stream) -> Response:
    shown: Response = {"logStreamName": stream.name, "creationTime": stream.created_ms}
    if stream.first_ms is not None:
        shown["firstEventTimestamp"] = stream.first_ms
        shown["lastEventTimestamp"] = stream.last_ms
        shown["lastIngestionTime"] = stream.ingested_ms
    # AWS shows 0 for the bytes of every stream.
    return {**shown, "arn": f"{group}:log-stream:{stream.name}", "storedBytes": 0}
