"""What became of a delivery that left the process, noted in the transaction that takes it out of the outbox.

made       the status log; a record, where there is no webhook; a number that opted out
given up   the status log, the dead-letter queue
"""

import re
from dataclasses import replace
from typing import Any

from engine.contract import Transaction
from integrations.sns import device_store, number_store, phones, queues, records, status_log, store
from integrations.sns.deliveries import Delivery, post, read

_FUNCTION_ATTEMPTS = 3
_FUNCTION_PAUSE_MS = 60_000
_STATUS = re.compile(r" answered ([0-9]{3})$")


def made(tx: Transaction, payload: str, outcome: Any) -> None:
    delivery = read(payload)
    if "record" in outcome:
        content = outcome["record"]
        kind = delivery.protocol
        records.add(tx, delivery.account, delivery.region, kind, delivery.endpoint, delivery.message_id, content)
    owner = delivery.account, delivery.region
    if delivery.protocol == "sms" and outcome.get("answer", {}).get("optedOut") is True:
        phones.opt_out(tx, owner, delivery.endpoint)
    attempt = delivery.extra.get("attempt", 1)
    if attempt == 1:
        _note(tx, delivery, None, outcome.get("status", 200))
    if "failed" in outcome:
        _function_failed(tx, delivery, attempt, outcome["failed"])


def _function_failed(tx: Transaction, delivery: Delivery, attempt: int, reason: str) -> None:
    """AWS drops the event in the end; here it goes to the subscription's dead-letter queue, where there is one."""
    if attempt < _FUNCTION_ATTEMPTS:
        again = replace(delivery, extra={**delivery.extra, "attempt": attempt + 1})
        post(tx, again, attempt * _FUNCTION_PAUSE_MS)
    else:
        queues.bury(tx, delivery.queue, delivery.dead_letter, delivery.subscription, "FunctionError", reason)


def given_up(tx: Transaction, payload: str, reason: str) -> None:
    delivery = read(payload)
    found = _STATUS.search(reason)
    status = int(found[1]) if found is not None else 0
    _note(tx, delivery, reason, status)
    if delivery.subscription:
        code = str(status) if status else "ClientException"
        queues.bury(tx, delivery.queue, delivery.dead_letter, delivery.subscription, code, reason)


def _note(tx: Transaction, delivery: Delivery, failure: str | None, status: int) -> None:
    if delivery.protocol == "sms":
        _note_sms(tx, delivery, failure, status)
    elif "audit" in delivery.extra:
        pass  # findings of an audit are no message of a subscriber's; the outbox says so when they are given up
    elif delivery.protocol == "application":
        _note_push(tx, delivery, failure, status)
    else:
        topic = store.topic(tx.connection, delivery.source)
        if topic is not None:
            status_log.note(tx, topic.attributes, delivery, status_log.PREFIXES[delivery.protocol], failure, status)


def _note_sms(tx: Transaction, delivery: Delivery, failure: str | None, status: int) -> None:
    """As the account's SMS attributes ask."""
    attributes = number_store.attributes(tx.connection, (delivery.account, delivery.region))
    role = attributes.get("DeliveryStatusIAMRole")
    if role is None:
        return
    asked = {
        "SuccessFeedbackRoleArn": role,
        "FailureFeedbackRoleArn": role,
        "SuccessFeedbackSampleRate": attributes.get("DeliveryStatusSuccessSamplingRate", "0"),
    }
    status_log.note(tx, asked, delivery, "", failure, status)


def _note_push(tx: Transaction, delivery: Delivery, failure: str | None, status: int) -> None:
    """As the platform application's attributes ask; the log is the application's."""
    head, _, resource = delivery.endpoint.rpartition(":")
    _, platform, name, _ = resource.split("/", 3)
    application = device_store.application(tx, f"{head}:app/{platform}/{name}")
    if application is not None:
        status_log.note(tx, application.attributes, delivery, "", failure, status)
    topic = store.topic(tx.connection, delivery.source)
    if topic is not None:
        status_log.note(tx, topic.attributes, delivery, "Application", failure, status)
