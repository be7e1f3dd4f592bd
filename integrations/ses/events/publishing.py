"""Events to those who want them: the destinations of the mail's configuration set, and the topics of its identity.

| place | how |
|---|---|
| SNS, CloudWatch | in this transaction; what they refuse is dropped, and the server's log says so |
| EventBridge | as the status changes of executions go: [events], or the endpoint of `events` |
| Firehose | by the outbox (streams.py) |

CloudWatch gets log events in its embedded metric format: the metric, its dimensions, and the event.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from engine import jsontext
from engine.contract import Transaction
from engine.errors import ServiceError
from engine.moment import iso_time
from integrations.ses.events import configuration_set_store, events, notification_store, streams
from integrations.ses.events.configuration_set_store import ConfigurationSet, Destination
from integrations.ses.events.facts import Facts

log = logging.getLogger("statewright.ses")

_SUBJECT = "Amazon SES Email Event Notification"
_TOPICS = {"BOUNCE": "Bounce", "COMPLAINT": "Complaint", "DELIVERY": "Delivery"}
# type of event -> the `detail-type` that EventBridge shows
_DETAIL_TYPES = {
    "SEND": "Email Sent",
    "REJECT": "Email Rejected",
    "BOUNCE": "Email Bounced",
    "COMPLAINT": "Email Complaint Received",
    "DELIVERY": "Email Delivered",
    "RENDERING_FAILURE": "Email Rendering Failed",
    "DELIVERY_DELAY": "Email Delivery Delayed",
    "OPEN": "Email Opened",
    "CLICK": "Email Clicked",
    "SUBSCRIPTION": "Email Subscribed",
}


def publish(
    tx: Transaction, facts: Facts, kind: str, detail: dict[str, Any], chosen: ConfigurationSet | None = None
) -> None:
    """`kind`: as v2 names it; `detail`: one of events.py; `chosen`: the configuration set, for who has it already."""
    if facts.quiet:
        return
    if facts.configuration_set is not None:
        found = chosen or configuration_set_store.find(tx.connection, facts.caller, facts.configuration_set)
        for one in () if found is None else found.destinations:
            if one.enabled and kind in one.kinds:
                _PLACES[one.place](tx, facts, kind, detail, one)
    if kind in _TOPICS:
        _notify(tx, facts, kind, detail)


def _notify(tx: Transaction, facts: Facts, kind: str, detail: dict[str, Any]) -> None:
    wanted = notification_store.find(tx.connection, facts.caller, facts.identity)
    topic = wanted.topics.get(_TOPICS[kind])
    if topic is not None:
        message = events.notification(facts, kind, detail, _TOPICS[kind] in wanted.headers)
        _attempt(tx, facts, "sns", "Publish", {"TopicArn": topic, "Message": jsontext.dumps(message)})


def _attempt(tx: Transaction, facts: Facts, service: str, operation: str, request: dict[str, Any]) -> None:
    try:
        tx.call(facts.caller, service, operation, request)
    except ServiceError as error:
        log.warning("an event of the mail %s was not taken by %s: %s", facts.message_id, service, error)


# ---- the places ----


def _to_topic(tx: Transaction, facts: Facts, kind: str, detail: dict[str, Any], to: Destination) -> None:
    message = jsontext.dumps(events.event(facts, kind, detail))
    request = {"TopicArn": to.to["TopicArn"], "Message": message, "Subject": _SUBJECT}
    _attempt(tx, facts, "sns", "Publish", request)


def _to_stream(tx: Transaction, facts: Facts, kind: str, detail: dict[str, Any], to: Destination) -> None:
    streams.post(tx, facts, to.to["DeliveryStreamArn"], jsontext.dumps(events.event(facts, kind, detail)))


def _to_bus(tx: Transaction, facts: Facts, kind: str, detail: dict[str, Any], to: Destination) -> None:
    caller = facts.caller
    event = {
        "version": "0",
        "id": tx.moment.uuid(),
        "detail-type": _DETAIL_TYPES[kind],
        "source": "aws.ses",
        "account": facts.account,
        "time": iso_time(tx.moment.epoch_ms)[:19] + "Z",
        "region": facts.region,
        "resources": [caller.arn("ses", f"configuration-set/{facts.configuration_set}")],
        "detail": events.event(facts, kind, detail),
    }
    _attempt(tx, facts, "status-events", "PublishEvent", event)


def _to_logs(tx: Transaction, facts: Facts, kind: str, detail: dict[str, Any], to: Destination) -> None:
    now_ms = tx.moment.epoch_ms
    name = events.KINDS[kind][1].replace(" ", "")
    dimensions = {one["DimensionName"]: _dimension(facts, detail, one) for one in to.to["DimensionConfigurations"]}
    metric = {"Namespace": "AWS/SES", "Dimensions": [list(dimensions)], "Metrics": [{"Name": name, "Unit": "Count"}]}
    line = {
        "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [metric]},
        **dimensions,
        name: 1,
        "event": events.event(facts, kind, detail),
    }
    where = {"logGroupName": f"/aws/ses/{facts.configuration_set}", "logStreamName": iso_time(now_ms)[:10]}
    _unless_there(tx, facts, "CreateLogGroup", {"logGroupName": where["logGroupName"]})
    _unless_there(tx, facts, "CreateLogStream", where)
    written = [{"timestamp": now_ms, "message": orjson.dumps(line).decode()}]
    _attempt(tx, facts, "logs", "PutLogEvents", {**where, "logEvents": written})


def _unless_there(tx: Transaction, facts: Facts, operation: str, request: dict[str, Any]) -> None:
    try:
        tx.call(facts.caller, "logs", operation, request)
    except ServiceError as error:
        if error.code != "ResourceAlreadyExistsException":
            log.warning("events of the mail %s have no log: %s", facts.message_id, error)


def _dimension(facts: Facts, detail: Mapping[str, Any], asked: Mapping[str, str]) -> str:
    """What the mail says of it, by a tag or a header, or the link that was followed, by its tags."""
    name, default = asked["DimensionName"], asked["DefaultDimensionValue"]
    if asked["DimensionValueSource"] == "MESSAGE_TAG":
        return next(iter(facts.tags.get(name, ())), default)
    if asked["DimensionValueSource"] == "EMAIL_HEADER":
        return next((value for header, value in facts.headers if header.lower() == name.lower()), default)
    return str(next(iter((detail.get("linkTags") or {}).get(name, ())), default))


_PLACES: Mapping[str, Callable[[Transaction, Facts, str, dict[str, Any], Destination], None]] = {
    "sns": _to_topic,
    "firehose": _to_stream,
    "eventbridge": _to_bus,
    "cloudwatch": _to_logs,
}
