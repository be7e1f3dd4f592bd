"""The names of SNS: topics, subscriptions, platform applications and endpoints, and what a subscription may point at.

    arn:aws:sns:us-east-1:123456789012:orders                                        topic
    arn:aws:sns:us-east-1:123456789012:orders:8f2c...                                 subscription
    arn:aws:sns:us-east-1:123456789012:app/GCM/shop  .../endpoint/GCM/shop/8f2c...    application, its endpoint

Pure.
"""

import re
from dataclasses import dataclass

from engine import limits
from integrations.sns.errors import invalid

_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")
_FIFO_RULE = (
    "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, "
    "underscores, and hyphens, and must be between 1 and 256 characters long."
)
_PHONE = re.compile(r"\+?[0-9][0-9\-. ]{2,30}[0-9]")
_PHONE_DIGITS_MAX = 15  # E.164
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_APPLICATION = re.compile(r"[A-Za-z0-9_.-]{1,256}")


@dataclass(frozen=True, slots=True)
class Arn:
    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(text: str, parameter: str, service: str = "sns") -> Arn:
    """Raises InvalidParameter, naming the request's parameter."""
    parts = text.split(":", 5)
    if len(parts) < 6:
        raise invalid(f"{parameter} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    if parts[0] != "arn":
        raise invalid(f"{parameter} Reason: {text} does not start with arn")  # as hashicorp/terraform#2776 shows it
    if parts[2] != service or not parts[5]:
        raise invalid(parameter)
    return Arn(parts[1], parts[2], parts[3], parts[4], parts[5])


def topic_arn(text: str, parameter: str = "TopicArn") -> Arn:
    """`resource` is the topic's name."""
    arn = parse_arn(text, parameter)
    if ":" in arn.resource or "/" in arn.resource:
        raise invalid(parameter)
    return arn


def subscription_arn(text: str) -> str:
    """The ARN of its topic. Raises InvalidParameter."""
    arn = parse_arn(text, "SubscriptionArn")
    if arn.resource.count(":") != 1:
        raise invalid(f"SubscriptionArn Reason: An ARN must have at least 7 elements, not {6 + text.count('::')}")
    return text.rpartition(":")[0]


def check_topic_name(name: str, fifo: bool) -> None:
    if fifo and not _FIFO_TOPIC.fullmatch(name):
        raise invalid(_FIFO_RULE)
    if not fifo and not _TOPIC.fullmatch(name):
        raise invalid("Topic Name")


def check_application_name(name: str) -> None:
    if not _APPLICATION.fullmatch(name):
        raise invalid("Name Reason: must be 1 to 256 ASCII letters, numbers, underscores, hyphens and periods")


def phone_number(text: str) -> str | None:
    """In E.164 form; None for what is no phone number."""
    if not _PHONE.fullmatch(text):
        return None
    digits = re.sub(r"[\-. +]", "", text)
    return f"+{digits}" if len(digits) <= _PHONE_DIGITS_MAX else None


def check_endpoint(protocol: str, endpoint: str) -> str:
    """The endpoint of a subscription in the form in which it is kept. Raises InvalidParameter."""
    if len(endpoint) > limits.SNS_ENDPOINT_CHARS_MAX:
        raise invalid("Endpoint")
    if protocol in ("http", "https"):
        if not endpoint.startswith(f"{protocol}://") or len(endpoint) <= len(protocol) + 3:
            raise invalid("Endpoint must match the specified protocol")
    elif protocol in ("email", "email-json"):
        if not _EMAIL.fullmatch(endpoint):
            raise invalid("Email address")
    elif protocol == "sms":
        number = phone_number(endpoint)
        if number is None:
            raise invalid(f"Invalid SMS endpoint: {endpoint}")
        return number
    else:
        _check_arn(protocol, endpoint)
    return endpoint


# protocol -> (service of its endpoints, how their resource begins, what AWS calls them)
_ARNS = {
    "sqs": ("sqs", "", "SQS endpoint ARN"),
    "lambda": ("lambda", "function:", "Lambda endpoint ARN"),
    "firehose": ("firehose", "deliverystream/", "Firehose endpoint ARN"),
    "application": ("sns", "endpoint/", "Application endpoint arn invalid"),
}
PROTOCOLS = ("http", "https", "email", "email-json", "sms", *_ARNS)


def _check_arn(protocol: str, endpoint: str) -> None:
    service, start, name = _ARNS[protocol]
    parts = endpoint.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != service or not re.fullmatch(r"[0-9]{12}", parts[4]):
        raise invalid(name)
    if not parts[5].startswith(start) or len(parts[5]) == len(start):
        raise invalid(name)
