"""Findings of a data protection policy's audit: an event for each message looked at, to where the policy says.

    {"messageId": .., "auditTimestamp": .., "callerPrincipal": .., "resourceArn": ..,
     "dataIdentifiers": [{"name": "EmailAddress", "count": 2, "detections": [{"start": 13, "end": 26}, ..]}]}

Log groups of this server get it in the publishing transaction, streams and buckets by the outbox.
"""

from collections.abc import Sequence
from typing import Any

from engine import jsontext, limits
from engine.contract import Caller, Transaction
from engine.moment import iso_time
from integrations.sns import status_log
from integrations.sns.audit_destinations import Audit, Destination
from integrations.sns.deliveries import Delivery, post, schedule_of
from integrations.sns.protection_policy import Statement
from integrations.sns.retry_schedule import HTTP_DEFAULT
from integrations.sns.store import Topic


def audit(
    tx: Transaction,
    caller: Caller,
    topic: Topic,
    statement: Statement,
    asked: Audit,
    texts: Sequence[str],
    message_id: str,
) -> None:
    """Look at a message, if it is one of those that are sampled. `texts`: its forms."""
    if tx.moment.random() * 100 >= asked.rate:
        return
    found = _findings(statement, texts)
    event = {
        "messageId": message_id,
        "auditTimestamp": iso_time(tx.moment.epoch_ms),
        "callerPrincipal": "anonymous" if caller.anonymous else f"arn:{caller.partition}:iam::{caller.account}:root",
        "resourceArn": topic.arn,
        "dataIdentifiers": found,
    }
    _send(tx, topic, asked.findings if found else asked.no_findings, event)


def _findings(statement: Statement, texts: Sequence[str]) -> list[dict[str, Any]]:
    """`start` and `end` count the characters of the form in which it was found."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for text in texts:
        for name, found in statement.found(text).items():
            spans.setdefault(name, []).extend(found)
    listed = limits.SNS_PROTECTION_DETECTIONS_MAX
    return [
        {
            "name": name,
            "count": len(found),
            "detections": [{"start": start, "end": end} for start, end in found[:listed]],
        }
        for name, found in spans.items()
    ]


def _send(tx: Transaction, topic: Topic, destination: Destination, event: dict[str, Any]) -> None:
    text = jsontext.dumps(event)
    if destination.log_group is not None:
        status_log.put(tx, topic.account, topic.region, destination.log_group, text)
    if destination.stream is not None:
        post(tx, _delivery(tx, topic, "firehose", destination.stream, event["messageId"], text))
    if destination.bucket is not None:
        post(tx, _delivery(tx, topic, "s3", destination.bucket, event["messageId"], text))


def _delivery(tx: Transaction, topic: Topic, protocol: str, endpoint: str, message_id: str, text: str) -> Delivery:
    day = iso_time(tx.moment.epoch_ms)[:10].replace("-", "/")
    key = f"AWSLogs/{topic.account}/sns/{topic.region}/{topic.name}/{day}/{message_id}.json"
    return Delivery(
        protocol,
        endpoint,
        topic.account,
        topic.region,
        topic.arn,
        "",
        message_id,
        tx.moment.epoch_ms,
        text,
        {"audit": True, "key": key},
        schedule_of("firehose", HTTP_DEFAULT).packed(),
    )
