"""The attributes of topics: which there are, what they may be, and how a topic shows them. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from engine import jsontext, limits
from engine.errors import ServiceError
from engine.moment import iso_time
from integrations.sns.delivery_policy import check_topic_policy, effective_topic_policy
from integrations.sns.errors import invalid, unsupported
from integrations.sns.policy_document import check_policy, default_policy

FIFO = "FifoTopic"
# What a topic is where nothing was set; of these a topic that exists does not differ.
DEFAULTS: dict[str, str] = {
    "ContentBasedDeduplication": "false",
    "DisplayName": "",
    "FifoThroughputScope": "Topic",
    "MaximumMessageSize": str(limits.SNS_MESSAGE_BYTES_MAX),
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}
LARGE_PROTOCOLS = frozenset({"firehose", "lambda", "sqs"})
FEEDBACK_PROTOCOLS = ("HTTP", "SQS", "Lambda", "Firehose", "Application")


def check_attribute(name: str, value: str, topic_arn: str, fifo: bool, keys: bool) -> None:
    """Raises InvalidParameter. `keys`: a master key is configured. The name is one of KNOWN."""
    _CHECKS[name](name, value, _Facts(topic_arn, fifo, keys))


def set_attributes(given: Mapping[str, str], topic_arn: str, fifo: bool, keys: bool) -> dict[str, str]:
    """The attributes that CreateTopic sets; those that are empty are not set. Raises InvalidParameter."""
    for name, value in given.items():
        if name not in _CHECKS and name != FIFO:
            raise invalid(f"Attributes Reason: Unknown attribute {name}")
        if name != FIFO and value:
            check_attribute(name, value, topic_arn, fifo, keys)
    return {name: value for name, value in given.items() if value and name != FIFO}


def retention_days(attributes: Mapping[str, str]) -> int | None:
    """How long the messages of a topic are archived; None: they are not."""
    policy = jsontext.loads(attributes.get("ArchivePolicy", "{}"))
    found = policy.get("MessageRetentionPeriod")
    return None if found is None else int(found)


def message_bytes_max(attributes: Mapping[str, str]) -> int:
    """How large a message of the topic may be, and all of a batch together."""
    return int(attributes.get("MaximumMessageSize") or limits.SNS_MESSAGE_BYTES_MAX)


def takes_large_messages(attributes: Mapping[str, str]) -> bool:
    """Then it has few subscriptions, of LARGE_PROTOCOLS [Developer Guide, "Publishing large messages"]."""
    return message_bytes_max(attributes) > limits.SNS_MESSAGE_BYTES_MAX


def policy_of(attributes: Mapping[str, str], topic_arn: str, account: str) -> str:
    return attributes.get("Policy") or default_policy(topic_arn, account)


def shown(
    attributes: Mapping[str, str],
    *,
    topic_arn: str,
    account: str,
    fifo: bool,
    counts: tuple[int, int, int],
    archive_since_ms: int | None,
) -> dict[str, str]:
    """GetTopicAttributes. `counts`: of subscriptions that are pending, confirmed, deleted."""
    view = {
        "TopicArn": topic_arn,
        "Owner": account,
        "DisplayName": "",
        "Policy": policy_of(attributes, topic_arn, account),
        "SubscriptionsPending": str(counts[0]),
        "SubscriptionsConfirmed": str(counts[1]),
        "SubscriptionsDeleted": str(counts[2]),
        "EffectiveDeliveryPolicy": effective_topic_policy(attributes.get("DeliveryPolicy")),
    }
    if fifo:
        view |= {FIFO: "true", "ContentBasedDeduplication": "false", "FifoThroughputScope": "Topic"}
    if archive_since_ms is not None:
        view["BeginningArchiveTime"] = iso_time(archive_since_ms)
    return view | dict(attributes)


class _Facts:
    """What a check may have to know beside the value."""

    __slots__ = ("fifo", "keys", "topic_arn")

    def __init__(self, topic_arn: str, fifo: bool, keys: bool):
        self.topic_arn = topic_arn
        self.fifo = fifo
        self.keys = keys


Check = Callable[[str, str, _Facts], None]


def _display_name(name: str, value: str, facts: _Facts) -> None:
    if len(value) > limits.SNS_DISPLAY_NAME_CHARS_MAX or "\n" in value:
        raise invalid("DisplayName")


def _policy(name: str, value: str, facts: _Facts) -> None:
    check_policy(value, facts.topic_arn)


def _delivery_policy(name: str, value: str, facts: _Facts) -> None:
    check_topic_policy(value)


def _one_of(*allowed: str) -> Check:
    def check(name: str, value: str, facts: _Facts) -> None:
        if value not in allowed:
            raise invalid(f"{name}: Invalid value [{value}]. Must be one of: {', '.join(allowed)}")

    return check


def _fifo_only(inner: Check) -> Check:
    def check(name: str, value: str, facts: _Facts) -> None:
        if not facts.fifo:
            raise invalid(f"{name} can only be set for FIFO topics" if name != "ArchivePolicy" else _NO_ARCHIVE)
        inner(name, value, facts)

    return check


_NO_ARCHIVE = "ArchivePolicy: Archive policy can only be set on FIFO topics"


def _key(name: str, value: str, facts: _Facts) -> None:
    if not facts.keys:
        raise unsupported(
            name, "messages are encrypted at rest with the server's master key, and none is configured ([encryption])"
        )


def _tracing(name: str, value: str, facts: _Facts) -> None:
    if value not in ("PassThrough", "Active"):
        raise invalid(f"{name}: Invalid value [{value}]. Must be one of: PassThrough, Active")
    if value == "Active":
        raise unsupported("TracingConfig Active", "it sends no segments to X-Ray")


def _archive(name: str, value: str, facts: _Facts) -> None:
    try:
        policy = jsontext.loads(value)
    except jsontext.JsonError:
        raise invalid("ArchivePolicy: failed to parse JSON") from None
    if not isinstance(policy, dict) or set(policy) - {"MessageRetentionPeriod"}:
        raise invalid("ArchivePolicy: may have a MessageRetentionPeriod only")
    if policy and not _whole(policy["MessageRetentionPeriod"], 1, limits.SNS_ARCHIVE_DAYS_MAX):
        raise invalid(f"ArchivePolicy: MessageRetentionPeriod must be 1 to {limits.SNS_ARCHIVE_DAYS_MAX} days")


def _whole(value: Any, least: int, most: int) -> bool:
    try:
        return not isinstance(value, bool | float) and least <= int(value) <= most
    except (TypeError, ValueError):
        return False


def _size(name: str, value: str, facts: _Facts) -> None:
    least, most = 1_024, limits.SNS_LARGE_MESSAGE_BYTES_MAX
    if not (value.isascii() and value.isdecimal() and least <= int(value[:9]) <= most and len(value) <= 9):
        raise invalid(f"{name}: Invalid value [{value}]. Must be an integer from {least} to {most}")


def _rate(name: str, value: str, facts: _Facts) -> None:
    if not _whole(value, 0, 100):
        raise invalid(f"{name}: must be an integer from 0 to 100")


def check_role(name: str, value: str) -> ServiceError | None:
    """What is wrong with the ARN of a role; None: nothing."""
    parts = value.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn" and parts[2] == "iam" and parts[5].startswith("role/"):
        return None
    return invalid(f"{name}: {value} is not the ARN of a role")


def _role(name: str, value: str, facts: _Facts) -> None:
    if (error := check_role(name, value)) is not None:
        raise error


_CHECKS: dict[str, Check] = {
    "DisplayName": _display_name,
    "Policy": _policy,
    "DeliveryPolicy": _delivery_policy,
    "KmsMasterKeyId": _key,
    "MaximumMessageSize": _size,
    "SignatureVersion": _one_of("1", "2"),
    "TracingConfig": _tracing,
    "ContentBasedDeduplication": _fifo_only(_one_of("true", "false")),
    "FifoThroughputScope": _fifo_only(_one_of("Topic", "MessageGroup")),
    "ArchivePolicy": _fifo_only(_archive),
    **{f"{protocol}SuccessFeedbackRoleArn": _role for protocol in FEEDBACK_PROTOCOLS},
    **{f"{protocol}FailureFeedbackRoleArn": _role for protocol in FEEDBACK_PROTOCOLS},
    **{f"{protocol}SuccessFeedbackSampleRate": _rate for protocol in FEEDBACK_PROTOCOLS},
}
KNOWN = frozenset(_CHECKS)
