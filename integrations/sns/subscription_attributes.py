"""The attributes of subscriptions: which there are, what they may be, and how a subscription shows them. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from engine import jsontext
from engine.errors import ServiceError
from integrations.sns.delivery_policy import check_subscription_policy, effective_subscription_policy
from integrations.sns.errors import invalid
from integrations.sns.filter_conditions import PolicyError
from integrations.sns.filter_policy import ATTRIBUTES, BODY, compile_policy
from integrations.sns.topic_attributes import check_role

# What a subscription is where nothing was set; of these one that exists does not differ.
DEFAULTS: dict[str, str] = {"FilterPolicyScope": ATTRIBUTES, "RawMessageDelivery": "false"}
RAW_PROTOCOLS = frozenset({"sqs", "http", "https", "firehose"})


def check_attributes(given: Mapping[str, str], protocol: str, fifo: bool, owner: str) -> None:
    """All that a subscription is to have. `fifo`: its topic is. Raises InvalidParameter, naming the attribute."""
    for name, value in given.items():
        if name not in _CHECKS:
            raise invalid(f"Unknown attribute {name}")
        _CHECKS[name](value, protocol, fifo, owner)
    if given.get("FilterPolicy"):
        try:
            compile_policy(given["FilterPolicy"], given.get("FilterPolicyScope", ATTRIBUTES))
        except PolicyError as error:
            raise invalid(f"FilterPolicy: {error}") from None
    if protocol == "firehose" and "SubscriptionRoleArn" not in given:
        raise invalid("SubscriptionRoleArn is required for firehose protocol")


def shown(
    attributes: Mapping[str, str],
    *,
    subscription_arn: str,
    topic_arn: str,
    topic_policy: str | None,
    protocol: str,
    endpoint: str,
    owner: str,
    principal: str,
    pending: bool,
    authenticated: bool,
    replay_status: str | None,
) -> dict[str, str]:
    """GetSubscriptionAttributes. `topic_policy`: the topic's DeliveryPolicy; `principal`: who subscribed."""
    view = {
        "SubscriptionArn": subscription_arn,
        "TopicArn": topic_arn,
        "Protocol": protocol,
        "Endpoint": endpoint,
        "Owner": owner,
        "SubscriptionPrincipal": principal,
        "PendingConfirmation": _flag(pending),
        "ConfirmationWasAuthenticated": _flag(authenticated),
        "RawMessageDelivery": "false",
    }
    if protocol in ("http", "https"):
        view["EffectiveDeliveryPolicy"] = effective_subscription_policy(topic_policy, attributes.get("DeliveryPolicy"))
    if attributes.get("FilterPolicy"):
        view["FilterPolicyScope"] = ATTRIBUTES
    if replay_status is not None:
        view["ReplayStatus"] = replay_status
    return view | dict(attributes)


def dead_letter_queue(attributes: Mapping[str, str]) -> str | None:
    """The ARN of the queue that takes what cannot be delivered."""
    text = attributes.get("RedrivePolicy")
    found = None if not text else jsontext.loads(text).get("deadLetterTargetArn")
    return None if found is None else str(found)


def replay_window(text: str) -> tuple[int, int | None]:
    """(first, last) millisecond of the archive that a ReplayPolicy asks for. Raises InvalidParameter."""
    policy = _document("ReplayPolicy", text)
    if set(policy) - {"PointType", "StartingPoint", "EndingPoint"}:
        raise invalid("ReplayPolicy: may have a PointType, a StartingPoint and an EndingPoint only")
    if policy.get("PointType") != "Timestamp":
        raise invalid("ReplayPolicy: PointType must be Timestamp")
    if "StartingPoint" not in policy:
        raise invalid("ReplayPolicy: StartingPoint must be specified")
    start = _point("StartingPoint", policy["StartingPoint"])
    end = _point("EndingPoint", policy["EndingPoint"]) if policy.get("EndingPoint") is not None else None
    if end is not None and end < start:
        raise invalid("ReplayPolicy: EndingPoint must not be before StartingPoint")
    return start, end


def _point(name: str, value: object) -> int:
    try:
        read = datetime.fromisoformat(str(value))
        return round((read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise invalid(f"ReplayPolicy: {name} is not a timestamp: {value}") from None


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _document(name: str, text: str) -> dict[str, object]:
    try:
        value = jsontext.loads(text)
    except jsontext.JsonError:
        raise invalid(f"{name}: failed to parse JSON") from None
    if not isinstance(value, dict):
        raise invalid(f"{name}: is not a JSON object")
    return value


Check = Callable[[str, str, bool, str], None]


def _raw(value: str, protocol: str, fifo: bool, owner: str) -> None:
    if value.lower() not in ("true", "false"):
        raise invalid(f"RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    if value.lower() == "true" and protocol not in RAW_PROTOCOLS:
        raise invalid(f"Delivery protocol [{protocol}] does not support raw message delivery.")


def _scope(value: str, protocol: str, fifo: bool, owner: str) -> None:
    if value not in (ATTRIBUTES, BODY):
        raise invalid(f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes")


def _delivery(value: str, protocol: str, fifo: bool, owner: str) -> None:
    if value and protocol not in ("http", "https"):
        raise invalid("DeliveryPolicy: Delivery policies can be set on subscriptions of HTTP and HTTPS only")
    if value:
        check_subscription_policy(value)


def _redrive(value: str, protocol: str, fifo: bool, owner: str) -> None:
    if not value:
        return
    policy = _document("RedrivePolicy", value)
    if unknown := set(policy) - {"deadLetterTargetArn"}:  # so ministryofjustice/cloud-platform-environments#11520
        raise invalid(f"RedrivePolicy: invalid JSON. Attribute {min(unknown)} is unknown.")
    target = policy.get("deadLetterTargetArn")
    if target is None:
        return
    parts = str(target).split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sqs" or not parts[5]:
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if parts[5].endswith(".fifo") and not fifo:
        raise _wrong_queue("must be a standard queue, as the topic is no FIFO topic")
    if fifo and not parts[5].endswith(".fifo"):
        raise _wrong_queue("must be a FIFO queue, as the topic is a FIFO topic")
    if parts[4] != owner:
        raise _wrong_queue("must be a queue of the subscription's account")


def _wrong_queue(why: str) -> ServiceError:
    return invalid(f"RedrivePolicy: deadLetterTargetArn {why}")


def _role(value: str, protocol: str, fifo: bool, owner: str) -> None:
    if protocol != "firehose":
        raise invalid("SubscriptionRoleArn: is for subscriptions of firehose only")
    if (error := check_role("SubscriptionRoleArn", value)) is not None:
        raise error


def _replay(value: str, protocol: str, fifo: bool, owner: str) -> None:
    if not value or value == "{}":
        return
    if not fifo:
        raise invalid("ReplayPolicy: Replay policy can only be set on subscriptions of FIFO topics")
    replay_window(value)


def _filter(value: str, protocol: str, fifo: bool, owner: str) -> None:
    """Compiled with its scope, once all attributes are known."""


_CHECKS: dict[str, Check] = {
    "RawMessageDelivery": _raw,
    "FilterPolicy": _filter,
    "FilterPolicyScope": _scope,
    "DeliveryPolicy": _delivery,
    "RedrivePolicy": _redrive,
    "SubscriptionRoleArn": _role,
    "ReplayPolicy": _replay,
}
KNOWN = frozenset(_CHECKS)
