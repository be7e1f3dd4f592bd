"""PutLogEvents, GetLogEvents, FilterLogEvents."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from integrations.logs import event_store
from integrations.logs.errors import invalid, no_stream
from integrations.logs.event_store import LogEvent, Span
from integrations.logs.groups import existing
from integrations.logs.patterns import Matcher, compile_pattern
from integrations.logs.rules import group_name, take_batch
from integrations.logs.streams import existing_stream
from integrations.logs.tokens import (
    Place,
    event_id,
    list_token,
    read_list_token,
    read_stream_token,
    stream_token,
)

Request = dict[str, Any]
Response = dict[str, Any]


def put_log_events(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PutLogEvents. Sequence tokens are taken and not looked at, as on AWS since 2023."""
    group = existing(tx, caller, request["logGroupName"])
    stream = existing_stream(tx, group.id, request["logStreamName"])
    now_ms = tx.moment.epoch_ms
    batch = take_batch(request["logEvents"], now_ms, group.retention_days)
    if batch.kept:
        taken = [(event["timestamp"], event["message"]) for event in batch.kept]
        event_store.put_many(tx.connection, group.id, stream.id, taken, now_ms)
    response: Response = {"nextSequenceToken": event_id((now_ms, tx.moment.getrandbits(62)))}
    if batch.rejected:
        response["rejectedLogEventsInfo"] = batch.rejected
    if request.get("entity") is not None:  # AWS too may take the events and not what they are said to be about
        response["rejectedEntityInfo"] = {"errorType": "UnsupportedLogGroupType"}
    return response


def get_log_events(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetLogEvents: a page of one stream, in the order of time, whichever way it is paged through."""
    group = existing(tx, caller, group_name(caller, request))
    stream = existing_stream(tx, group.id, request["logStreamName"])
    start_ms, end_ms = request.get("startTime"), request.get("endTime")
    _check_times(start_ms, end_ms)
    forward, place = bool(request.get("startFromHead")), None
    token = request.get("nextToken")
    if token is not None:
        direction, place = read_stream_token(token)
        forward = direction == "f"
    found, _ = event_store.read(
        tx.connection,
        Span(group.id, stream=stream.id, start_ms=start_ms, end_ms=end_ms),
        place,
        forward=forward,
        limit=request.get("limit") or limits.LOG_PAGE_EVENTS_MAX,
        bytes_max=limits.LOG_PAGE_BYTES_MAX,
    )
    page = found if forward else found[::-1]
    first, last = (page[0].place, page[-1].place) if page else _nowhere(place, start_ms)
    return {
        "events": [
            {"timestamp": event.time_ms, "message": event.message, "ingestionTime": event.ingested_ms} for event in page
        ],
        # At the end of the stream the token that was passed in comes back.
        "nextForwardToken": token if token is not None and forward and not page else stream_token("f", last),
        "nextBackwardToken": token if token is not None and not forward and not page else stream_token("b", first),
    }


def filter_log_events(tx: Transaction, caller: Caller, request: Request) -> Response:
    """FilterLogEvents: matching events of a group's streams, in the order of time or against it.

    One call looks through a bounded part of the log: the page may be short or empty and still lead on.
    """
    matches = compile_pattern(request.get("filterPattern"))
    group = existing(tx, caller, group_name(caller, request))
    span = _span(tx, group.id, request)
    forward = _forward(request)
    names = request.get("logStreamNames")
    query = (group.id, span.start_ms, span.end_ms, span.prefix, names, request.get("filterPattern"))
    after = read_list_token(request.get("nextToken"), *query)
    place = None if after is None else (int(after[0]), int(after[1]))
    if after is not None:
        forward = bool(after[2])  # the token's direction counts, whatever startFromHead says beside it
    limit = request.get("limit") or limits.LOG_PAGE_EVENTS_MAX
    found, place, more = _search(tx, span, place, matches, forward, limit)
    streams = event_store.stream_names(tx.connection, sorted({event.stream for event in found}))
    response: Response = {"events": [_shown(event, streams) for event in found], "searchedLogStreams": []}
    if more and place is not None:
        response["nextToken"] = list_token([*place, int(forward)], *query)
    return response


def _forward(request: Request) -> bool:
    """The direction that a first request of FilterLogEvents asks for."""
    forward, start_ms = bool(request.get("startFromHead", True)), request.get("startTime")
    if not forward and start_ms is not None and start_ms < limits.LOG_BACKWARDS_SINCE_MS:
        raise invalid("startFromHead can be false only with a startTime on or after Jan 1, 2024 00:00:00 UTC.")
    return forward


def _span(tx: Transaction, group: int, request: Request) -> Span:
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid("logStreamNames and logStreamNamePrefix cannot both be specified.")
    _check_times(request.get("startTime"), request.get("endTime"))
    ids = None
    if names:
        known = event_store.streams_named(tx.connection, group, names)
        if set(names) - known.keys():
            raise no_stream()
        ids = sorted(known.values())
    return Span(
        group,
        streams=ids,
        prefix=prefix,
        start_ms=request.get("startTime"),
        end_ms=request.get("endTime"),
        inclusive_end=True,
    )


def _search(
    tx: Transaction, span: Span, place: Place | None, matches: Matcher, forward: bool, limit: int
) -> tuple[list[LogEvent], Place | None, bool]:
    """Matching events, the place where the search ended, and whether there may be more after it."""
    found: list[LogEvent] = []
    looked_at = kept = 0
    more = True
    while more and looked_at < limits.LOG_SCAN_BYTES_MAX:
        chunk, more = event_store.read(
            tx.connection,
            span,
            place,
            forward=forward,
            limit=limits.LOG_PAGE_EVENTS_MAX,
            bytes_max=limits.LOG_PAGE_BYTES_MAX,
        )
        for event in chunk:
            size = len(event.message)
            looked_at += size + limits.LOG_EVENT_OVERHEAD_BYTES
            if matches(event.message):
                if found and (len(found) >= limit or kept + size > limits.LOG_PAGE_BYTES_MAX):
                    return found, place, True
                found.append(event)
                kept += size
            place = event.place
    return found, place, more


def _shown(event: LogEvent, names: dict[int, str]) -> Response:
    return {
        "logStreamName": names.get(event.stream, ""),
        "timestamp": event.time_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
        "eventId": event_id(event.place),
    }


def _check_times(start_ms: int | None, end_ms: int | None) -> None:
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise invalid("startTime cannot be greater than endTime.")


def _nowhere(place: Place | None, start_ms: int | None) -> tuple[Place, Place]:
    """Where the next page begins when this one is empty."""
    here = place or (start_ms or 0, 0)
    return here, here
