"""Queue names, ARNs and URLs. Pure.

What SDKs and users send as QueueUrl, the account and region being the caller's where they are not said:

| form | of |
|---|---|
| `http://HOST/ACCOUNT/NAME` | this server, and AWS (`sqs.REGION.amazonaws.com`, `REGION.queue.amazonaws.com`) |
| `http://HOST/queue/REGION/ACCOUNT/NAME`, `http://HOST/queue/NAME` | local stacks |
| `/ACCOUNT/NAME`, `NAME` | people |
"""

import re
from dataclasses import dataclass

from engine import limits
from engine.contract import Caller
from integrations.sqs.errors import invalid_address, invalid_value, no_queue

FIFO_SUFFIX = ".fifo"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]{0,80}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ANY_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?")
_URL = re.compile(r"(?:https?://([^/?#]*))?/(?:queue/([a-z0-9-]+)/)?([0-9]{12})/([^/?#]+)/?")
_NAME_URL = re.compile(r"(?:https?://[^/?#]*)?/queue/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)/?")
_AWS_HOST = re.compile(r"(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue|queue)\.amazonaws\.com(?:\.cn)?(?::\d+)?")
_ARN = re.compile(r"arn:(aws[a-z-]*):sqs:([a-z0-9-]+):([0-9]{12}):([A-Za-z0-9_.-]+)")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a queue is."""

    account: str
    region: str
    name: str


def is_name(text: str) -> bool:
    """Whether a queue may have this name."""
    return _ANY_NAME.fullmatch(text) is not None


def is_prefix(text: str) -> bool:
    """Whether the name of a queue may begin so."""
    return _PREFIX.fullmatch(text) is not None


def is_account(text: str) -> bool:
    return _ACCOUNT.fullmatch(text) is not None


def check_name(name: str, fifo: bool) -> None:
    """Of a new queue. Raises InvalidParameterValue."""
    if not fifo:
        if _NAME.fullmatch(name) is None:
            raise invalid_value("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
    elif (
        not name.endswith(FIFO_SUFFIX)
        or len(name) > limits.SQS_QUEUE_NAME_CHARS_MAX
        or _NAME.fullmatch(name.removesuffix(FIFO_SUFFIX)) is None
    ):
        raise invalid_value(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )


def read_url(caller: Caller, url: str) -> Address:
    """The queue that a QueueUrl names. Raises InvalidAddress for what names none."""
    if is_name(url):
        return Address(caller.account, caller.region, url)
    found = _URL.fullmatch(url)
    if found is None:
        named = _NAME_URL.fullmatch(url)
        if named is None:
            raise invalid_address(url)
        return Address(caller.account, caller.region, named[1])
    host, region, account, name = found.groups()
    if not is_name(name):
        raise no_queue()
    return Address(account, region or _region_of(host) or caller.region, name)


def _region_of(host: str | None) -> str | None:
    found = _AWS_HOST.fullmatch(host or "")
    return None if found is None else found[1] or found[2]


def queue_url(caller: Caller, public_url: str | None, address: Address) -> str:
    """On what the client reached us by. A Task did not: on the URL that the operator gave, else AWS's own form."""
    base = caller.base_url or public_url or f"https://sqs.{address.region}.amazonaws.com"
    return f"{base}/{address.account}/{address.name}"


def queue_arn(partition: str, address: Address) -> str:
    return f"arn:{partition}:sqs:{address.region}:{address.account}:{address.name}"


def read_arn(arn: str) -> Address | None:
    """None for what is no queue's ARN."""
    found = _ARN.fullmatch(arn)
    return None if found is None else Address(found[3], found[2], found[4])
