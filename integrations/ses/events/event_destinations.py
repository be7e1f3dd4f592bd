"""Event destinations, as v1 and v2 write them, and as they are kept: v2's members. Checks what AWS checks, and that
this server has the place."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.errors import invalid
from integrations.ses.events import streams
from integrations.ses.events.configuration_set_store import Destination
from integrations.ses.events.events import KINDS

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIMENSION = re.compile(r"[A-Za-z0-9_:@.-]{1,256}")
_BUS = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[/.\-_A-Za-z0-9]+")
_NOT_V1 = ("DELIVERY_DELAY", "SUBSCRIPTION")
_V1_KINDS = {v1: v2 for v2, (v1, _, _) in KINDS.items() if v2 not in _NOT_V1}
# place -> (v1's member, v2's, the error of v1)
_PLACES: Mapping[str, tuple[str, str, str]] = {
    "sns": ("SNSDestination", "SnsDestination", "InvalidSNSDestinationException"),
    "firehose": ("KinesisFirehoseDestination", "KinesisFirehoseDestination", "InvalidFirehoseDestinationException"),
    "cloudwatch": ("CloudWatchDestination", "CloudWatchDestination", "InvalidCloudWatchDestinationException"),
    "eventbridge": ("EventBridgeDestination", "EventBridgeDestination", "InvalidParameterValue"),
}
# v1's member within a destination -> v2's
_RENAMED = {"TopicARN": "TopicArn", "IAMRoleARN": "IamRoleArn", "DeliveryStreamARN": "DeliveryStreamArn"}
_SOURCES = {"messageTag": "MESSAGE_TAG", "emailHeader": "EMAIL_HEADER", "linkTag": "LINK_TAG"}


def read_v1(tx: Transaction, caller: Caller, shape: Mapping[str, Any]) -> Destination:
    """Raises ServiceError."""
    given = {v2: shape[v1] for v1, v2, _ in _PLACES.values() if shape.get(v1) is not None}
    inner = {member: _second_version(value) for member, value in given.items()}
    kinds = [_V1_KINDS[kind] for kind in shape["MatchingEventTypes"]]
    return read_v2(tx, caller, shape["Name"], {**shape, **inner, "MatchingEventTypes": kinds})


def _second_version(value: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {_RENAMED.get(name, name): inner for name, inner in value.items()}
    for one in renamed.get("DimensionConfigurations") or ():
        one["DimensionValueSource"] = _SOURCES[one["DimensionValueSource"]]
    return renamed


def read_v2(tx: Transaction, caller: Caller, name: str, shape: Mapping[str, Any]) -> Destination:
    """Raises ServiceError."""
    if _NAME.fullmatch(name) is None:
        raise invalid("Event destination name must have between 1 and 64 letters, digits, '_' and '-'.")
    if shape.get("PinpointDestination") is not None:
        raise invalid("PinpointDestination is not supported by this server.")
    places = [place for place, (_, member, _) in _PLACES.items() if shape.get(member) is not None]
    if len(places) != 1:
        raise invalid("An event destination must have exactly one place that events go to.")
    place = places[0]
    to = dict(shape[_PLACES[place][1]])
    _CHECKS[place](tx, caller, to)
    return Destination(
        name, bool(shape.get("Enabled", False)), _kinds(shape.get("MatchingEventTypes") or ()), place, to
    )


def _kinds(asked: Sequence[str]) -> tuple[str, ...]:
    if not asked:
        raise invalid("MatchingEventTypes must hold at least one type of event.")
    return tuple(dict.fromkeys(asked))


# ---- whether this server has the place ----


def _topic(tx: Transaction, caller: Caller, to: dict[str, Any]) -> None:
    check_topic(tx, caller, to["TopicArn"], "InvalidSNSDestinationException")


def check_topic(tx: Transaction, caller: Caller, arn: str, code: str) -> None:
    """Raises ServiceError with that code where there is no such topic, or it is not for this account."""
    try:
        tx.call(caller, "sns", "GetTopicAttributes", {"TopicArn": arn})
    except ServiceError as error:
        shown = arn[: limits.SES_SHOWN_CHARS]
        raise ServiceError(code, f"SNS topic <{shown}> is not valid: {error.message}") from None


def _stream(tx: Transaction, caller: Caller, to: dict[str, Any]) -> None:
    code = "InvalidFirehoseDestinationException"
    if not streams.is_stream(to["DeliveryStreamArn"]):
        shown = to["DeliveryStreamArn"][: limits.SES_SHOWN_CHARS]
        raise ServiceError(code, f"Delivery stream <{shown}> is not the ARN of a delivery stream.")
    if not streams.is_anywhere(tx.settings):
        raise ServiceError(code, f"This server has {streams.NOWHERE}.")


def _metrics(tx: Transaction, caller: Caller, to: dict[str, Any]) -> None:
    asked = to["DimensionConfigurations"]
    code = "InvalidCloudWatchDestinationException"
    if not 0 < len(asked) <= limits.SES_EVENT_DIMENSIONS_MAX:
        most = limits.SES_EVENT_DIMENSIONS_MAX
        raise ServiceError(code, f"A CloudWatch destination has between 1 and {most} dimensions.")
    for one in asked:
        for member in ("DimensionName", "DefaultDimensionValue"):
            if _DIMENSION.fullmatch(one[member]) is None:
                shown = one[member][: limits.SES_SHOWN_CHARS]
                raise ServiceError(code, f"{member} <{shown}> must have letters, digits, '_', '-', '.', ':' and '@'.")


def _bus(tx: Transaction, caller: Caller, to: dict[str, Any]) -> None:
    arn = to["EventBusArn"]
    if _BUS.fullmatch(arn) is None or arn != caller.arn("events", "event-bus/default"):
        raise invalid(f"EventBusArn <{arn[: limits.SES_SHOWN_CHARS]}> must be that of the default event bus.")
    if tx.settings.events is None and tx.settings.endpoints.of("events") is None:
        raise invalid("EventBridgeDestination: this server publishes nowhere; [events] target says where it is to.")


_CHECKS = {"sns": _topic, "firehose": _stream, "cloudwatch": _metrics, "eventbridge": _bus}


# ---- how they are shown ----


def shown_v2(found: Destination) -> dict[str, Any]:
    shape = {"Name": found.name, "Enabled": found.enabled, "MatchingEventTypes": list(found.kinds)}
    return {**shape, _PLACES[found.place][1]: found.to}


def shown_v1(found: Destination) -> dict[str, Any] | None:
    """None: v1 has no such place."""
    if found.place == "eventbridge":
        return None
    back = {v2: v1 for v1, v2 in _RENAMED.items()}
    inner = {back.get(name, name): value for name, value in found.to.items()}
    if found.place == "cloudwatch":
        sources = {v2: v1 for v1, v2 in _SOURCES.items()}
        inner["DimensionConfigurations"] = [
            {**one, "DimensionValueSource": sources[one["DimensionValueSource"]]}
            for one in inner["DimensionConfigurations"]
        ]
    kinds = [KINDS[kind][0] for kind in found.kinds if kind not in _NOT_V1]
    shape = {"Name": found.name, "Enabled": found.enabled, "MatchingEventTypes": kinds}
    return {**shape, _PLACES[found.place][0]: inner}
