"""Queue attributes: which there are, what values they take, and what they mean to a queue. Pure.

Source: the API pages of CreateQueue and SetQueueAttributes. An attribute is text on the wire and in the store; a queue
keeps those that were set, in AWS's spelling, and `Settings` is what all of them together say.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine import limits
from integrations.sqs.errors import invalid_attribute, unknown_attribute
from integrations.sqs.redrive import Redrive, check_redrive_allow, read_redrive
from integrations.sqs.texts import is_text

Attributes = dict[str, str]

# name -> lowest, highest, default
NUMBERS: dict[str, tuple[int, int, int]] = {
    "DelaySeconds": (0, limits.SQS_DELAY_SECONDS_MAX, 0),
    "MaximumMessageSize": (1_024, limits.SQS_MESSAGE_BYTES_MAX, limits.SQS_MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": (60, 1_209_600, 345_600),
    "ReceiveMessageWaitTimeSeconds": (0, limits.SQS_WAIT_SECONDS_MAX, 0),
    "VisibilityTimeout": (0, limits.SQS_VISIBILITY_SECONDS_MAX, 30),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400, 300),
}
FLAGS: dict[str, str] = {"SqsManagedSseEnabled": "true", "ContentBasedDeduplication": "false", "FifoQueue": "false"}
CHOICES: dict[str, tuple[str, ...]] = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
TEXTS = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})  # empty: not set
FIFO_ONLY = frozenset({"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"})
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
READ_ONLY = frozenset({*COUNTS, "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn"})
NAMES = frozenset({*NUMBERS, *FLAGS, *CHOICES, *TEXTS, *READ_ONLY})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the attributes of a queue mean. Times in milliseconds."""

    delay_ms: int
    size_bytes_max: int
    retention_ms: int
    wait_ms: int
    visibility_ms: int
    redrive: Redrive | None
    content_based: bool
    by_group: bool  # the deduplication of a FIFO queue
    encrypted: bool


def settings_of(attributes: Mapping[str, str]) -> Settings:
    redrive = attributes.get("RedrivePolicy")
    return Settings(
        delay_ms=_number(attributes, "DelaySeconds") * 1000,
        size_bytes_max=_number(attributes, "MaximumMessageSize"),
        retention_ms=_number(attributes, "MessageRetentionPeriod") * 1000,
        wait_ms=_number(attributes, "ReceiveMessageWaitTimeSeconds") * 1000,
        visibility_ms=_number(attributes, "VisibilityTimeout") * 1000,
        redrive=None if redrive is None else read_redrive(redrive),
        content_based=attributes.get("ContentBasedDeduplication") == "true",
        by_group=attributes.get("DeduplicationScope") == "messageGroup",
        encrypted=managed_sse(attributes) == "true" or "KmsMasterKeyId" in attributes,
    )


def checked(given: Mapping[str, str], fifo: bool) -> Attributes:
    """Attributes as a queue keeps them; "" for a text that is taken away.

    Raises InvalidAttributeName and InvalidAttributeValue; what RedrivePolicy points at is the caller's to check.
    """
    return {name: _checked(name, value, fifo) for name, value in given.items()}


def _checked(name: str, value: str, fifo: bool) -> str:
    if name not in NAMES or name in READ_ONLY or (name in FIFO_ONLY and not fifo):
        raise unknown_attribute(name)
    if name in NUMBERS:
        low, high, _ = NUMBERS[name]
        if not (value.isascii() and value.isdigit() and len(value) <= 9 and low <= int(value) <= high):
            raise invalid_attribute(name)
        return str(int(value))
    if name in FLAGS:
        if value.lower() not in ("true", "false"):
            raise invalid_attribute(name)
        return value.lower()
    if (name in CHOICES and value not in CHOICES[name]) or not is_text(value):
        raise invalid_attribute(name)
    if name == "RedriveAllowPolicy" and value:
        check_redrive_allow(value)
    return value


def merged(kept: Mapping[str, str], changes: Mapping[str, str]) -> Attributes:
    """A queue's attributes after a change. Raises InvalidAttributeValue for what does not go together."""
    together = {**kept, **changes}
    if changes.get("KmsMasterKeyId"):
        if changes.get("SqsManagedSseEnabled") == "true":
            raise invalid_attribute(
                "SqsManagedSseEnabled", "You can use one type of server-side encryption at one time."
            )
        together["SqsManagedSseEnabled"] = "false"
    elif changes.get("SqsManagedSseEnabled") == "true":
        together.pop("KmsMasterKeyId", None)
    if (
        together.get("FifoThroughputLimit") == "perMessageGroupId"
        and together.get("DeduplicationScope") != "messageGroup"
    ):
        reason = "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup."
        raise invalid_attribute("FifoThroughputLimit", reason)
    return {name: value for name, value in together.items() if value != "" or name not in TEXTS}


def shown(attributes: Mapping[str, str], fifo: bool) -> Attributes:
    """What GetQueueAttributes says of them: the defaults too, of texts only those that are set."""
    usual = {name: str(default) for name, (_, _, default) in NUMBERS.items()}
    if "KmsMasterKeyId" not in attributes:
        usual.pop("KmsDataKeyReusePeriodSeconds")
    usual["SqsManagedSseEnabled"] = managed_sse(attributes)
    if fifo:
        usual |= {"FifoQueue": "true", "ContentBasedDeduplication": "false"}
        usual |= {name: values[0] for name, values in CHOICES.items()}
    return usual | {name: value for name, value in attributes.items() if name in usual or name in TEXTS}


def managed_sse(attributes: Mapping[str, str]) -> str:
    default = "false" if "KmsMasterKeyId" in attributes else FLAGS["SqsManagedSseEnabled"]
    return attributes.get("SqsManagedSseEnabled", default)


def _number(attributes: Mapping[str, str], name: str) -> int:
    return int(attributes.get(name, NUMBERS[name][2]))
