"""PutDataProtectionPolicy and GetDataProtectionPolicy, and CreateTopic's part of it.

What messages meet then is in `protecting`. A policy is taken away by an empty one.
"""

from typing import Any

from engine.config import Settings
from engine.contract import Caller, Transaction
from integrations.sns import protection_store, store
from integrations.sns.access import existing
from integrations.sns.audit_destinations import Audit, Destination
from integrations.sns.directory import forget
from integrations.sns.errors import unsupported
from integrations.sns.protection_policy import Protection, read_protection
from integrations.sns.protection_shape import wrong

Request = dict[str, Any]
Response = dict[str, Any]


def put_data_protection_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PutDataProtectionPolicy."""
    topic = existing(tx, caller, request["ResourceArn"], "PutDataProtectionPolicy")
    policy = request["DataProtectionPolicy"]
    if is_none(policy):
        protection_store.remove(tx.connection, topic.id)
    else:
        check(tx, policy, topic.fifo)
        protection_store.put(tx.connection, topic.id, policy)
    forget(tx, topic.arn)
    return {}


def get_data_protection_policy(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetDataProtectionPolicy; without the member where the topic has none."""
    topic = existing(tx, caller, request["ResourceArn"], "GetDataProtectionPolicy")
    policy = protection_store.find(tx.connection, topic.id)
    return {} if policy is None else {"DataProtectionPolicy": policy}


def is_none(policy: str) -> bool:
    """Whether it is none: left out, or one that takes away."""
    return policy.strip() in ("", "{}")


def check(tx: Transaction, policy: str, fifo: bool) -> None:
    """Raises InvalidParameter for what cannot be set, or cannot be done by this server's settings."""
    if fifo:
        raise wrong("data protection policies are for standard topics, not for FIFO topics")
    _check_reachable(tx.settings, read_protection(policy))


def keep(tx: Transaction, arn: str, policy: str) -> None:
    """The checked policy of a topic that was made in this transaction."""
    topic = store.topic(tx.connection, arn)
    assert topic is not None
    protection_store.put(tx.connection, topic.id, policy)


def check_same(tx: Transaction, topic_id: int, policy: str) -> None:
    """CreateTopic of a topic that exists: what is given must be what it has."""
    if not is_none(policy) and policy != protection_store.find(tx.connection, topic_id):
        raise wrong("Topic already exists with a different data protection policy")


def _check_reachable(settings: Settings, protection: Protection) -> None:
    wanted: list[Destination] = []
    for statement in protection.inbound:
        if isinstance(statement.operation, Audit):
            wanted += [statement.operation.findings, statement.operation.no_findings]
    if any(one.bucket for one in wanted) and settings.endpoints.of("s3") is None:
        raise unsupported("an audit's destination S3", "no endpoint of s3 is configured ([endpoints])")
    streams = settings.endpoints.of("firehose") is not None or settings.firehose is not None
    if any(one.stream for one in wanted) and not streams:
        raise unsupported(
            "an audit's destination Firehose", "there is neither an endpoint ([endpoints]) nor [firehose]"
        )
