"""A message to all the subscribers of its topic that want it: queues in this transaction, the others by the outbox.

The order of messages is that of the transactions of the one writer, and each message goes to every queue in its own
transaction: so all queues of a FIFO topic hold the same order.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from engine import limits
from engine.contract import Caller, Transaction
from integrations.sns import devices, envelope, mail, phones, queues, status_log
from integrations.sns.deliveries import DeadLetter, Delivery, post, schedule_of
from integrations.sns.directory import Target, known
from integrations.sns.filter_policy import attribute_values, body_value
from integrations.sns.letters import Letters, Published, queue_attributes
from integrations.sns.packing import packed, unpacked
from integrations.sns.protecting import Exits
from integrations.sns.protection_policy import Protection
from integrations.sns.store import Topic

REST = "sns:rest"  # in the outbox: the subscribers of a message that are left to the next commits
_DENIED = "The data protection policy of the topic denies the delivery"
_PACE = "pace"  # in memory: when a throttled subscriber's next delivery may be made, by ARN


def fan_out(
    tx: Transaction,
    caller: Caller,
    topic: Topic,
    targets: list[Target],
    published: Published,
    protection: Protection | None = None,
) -> None:
    """Queues are served now; of the others so many as a commit may hold, the rest by the next ones (`go_on`)."""
    letters = Letters(tx, caller, published, topic.attributes.get("SignatureVersion", "1"))
    exits = Exits(protection, letters)
    wanting = _wanting(targets, published)
    queued = [target for target in wanting if target.subscription.protocol == "sqs"]
    for target, allowed in _allowed(tx, topic, queued, exits, published):
        _to_queue(tx, topic, target, allowed)
    if len(queued) < len(wanting):
        outside = [target for target in wanting if target.subscription.protocol != "sqs"]
        _send_some(tx, topic, outside, letters, exits)


def go_on(tx: Transaction, payload: str, outcome: Any) -> None:
    """The next subscribers of a message that has many. Those that came after it was published get nothing of it."""
    values = orjson.loads(payload)
    published = unpacked(values["message"])
    found = known(tx, published.topic_arn)
    if found is None:
        return
    topic = found.topic
    left = [
        target
        for target in found.targets
        if target.subscription.id > values["after"]
        and target.subscription.protocol != "sqs"
        and target.subscription.created_ms <= published.time_ms
    ]
    caller = Caller(topic.account, topic.region, topic.arn.split(":")[1], values["base_url"])
    letters = Letters(tx, caller, published, topic.attributes.get("SignatureVersion", "1"))
    _send_some(tx, topic, _wanting(left, published), letters, Exits(found.protection, letters))


def _allowed(
    tx: Transaction, topic: Topic, targets: list[Target], exits: Exits, published: Published
) -> Iterator[tuple[Target, Letters]]:
    """Those to whom the data protection policy lets it out, and what they get."""
    for target in targets:
        protocol = target.subscription.protocol
        letters = exits.letters(target.subscription.owner, protocol)
        if letters is not None:
            yield target, letters
        elif protocol in status_log.PREFIXES:
            facts = _facts(topic, target, published)
            status_log.note(tx, topic.attributes, facts, status_log.PREFIXES[protocol], _DENIED, 403)


def _wanting(targets: list[Target], published: Published) -> list[Target]:
    attributes, body = _seen(targets, published)
    return [target for target in targets if target.takes(attributes, body)]


def _send_some(tx: Transaction, topic: Topic, outside: list[Target], letters: Letters, exits: Exits) -> None:
    now = outside[: limits.SNS_DELIVERIES_PER_BATCH]
    for target, allowed in _allowed(tx, topic, now, exits, letters.published):
        _send(tx, topic, target, allowed)
    if len(now) < len(outside):
        rest = {"after": now[-1].subscription.id, "base_url": letters.caller.base_url}
        message = packed(letters.published).decode()
        tx.send_later(REST, orjson.dumps({**rest, "message": message}).decode())


def _send(tx: Transaction, topic: Topic, target: Target, letters: Letters) -> None:
    """To one subscriber that is no queue, whatever its filter says."""
    protocol = target.subscription.protocol
    if protocol in ("email", "email-json"):
        _by_mail(tx, topic, target, letters)
    elif protocol != "sms" or not phones.is_opted_out(tx, (topic.account, topic.region), target.subscription.endpoint):
        post(tx, _delivery(tx, topic, target, letters), _pace_ms(tx, target))


def _seen(targets: list[Target], published: Published) -> tuple[dict[str, Any], Any]:
    """What filter policies look at, as far as there are some."""
    filtered = [target for target in targets if target.filter is not None]
    attributes = attribute_values(published.attributes) if any(not found.over_body for found in filtered) else {}
    body = body_value(published.content.default) if any(found.over_body for found in filtered) else None
    return attributes, body


def _to_queue(tx: Transaction, topic: Topic, target: Target, letters: Letters) -> None:
    published, subscription = letters.published, target.subscription
    letter = _dead_letter(target, letters)
    error = queues.deliver(tx, topic, subscription.endpoint, letter)
    if error is None:
        status_log.note(tx, topic.attributes, _facts(topic, target, published), "SQS", None)
        return
    status_log.note(tx, topic.attributes, _facts(topic, target, published), "SQS", error.message, error.status)
    queues.bury(tx, target.dead_letters, letter, subscription.arn, error.code, error.message)


def _dead_letter(target: Target, letters: Letters) -> DeadLetter:
    """What a queue gets of the message: the subscriber's, or the dead-letter queue."""
    published, subscription = letters.published, target.subscription
    if target.raw:
        text, attributes = published.content.of(subscription.protocol), queue_attributes(published.attributes)
    else:
        text, attributes = letters.rendered(subscription.protocol, subscription.base_url, subscription.arn), {}
    return DeadLetter(text, attributes, published.group, published.deduplication)


def _by_mail(tx: Transaction, topic: Topic, target: Target, letters: Letters) -> None:
    published, subscription = letters.published, target.subscription
    document = letters.notification(subscription.protocol, subscription.base_url, subscription.arn)
    if subscription.protocol == "email-json":
        text = envelope.rendered(document)
    else:
        text = mail.notification_text(document["Message"], document["UnsubscribeURL"], subscription.endpoint)
    error = mail.send(tx, topic, subscription.endpoint, published.subject or mail.SUBJECT, text)
    if error is not None:
        letter = DeadLetter(text, {}, published.group, published.deduplication)
        queues.bury(tx, target.dead_letters, letter, subscription.arn, error.code, error.message)


def _facts(topic: Topic, target: Target, published: Published) -> Delivery:
    """A delivery as the status log looks at one."""
    subscription = target.subscription
    return Delivery(
        subscription.protocol,
        subscription.endpoint,
        topic.account,
        topic.region,
        topic.arn,
        subscription.arn,
        published.message_id,
        published.time_ms,
        published.content.of(subscription.protocol),
        {},
        [],
    )


def _delivery(tx: Transaction, topic: Topic, target: Target, letters: Letters) -> Delivery:
    protocol = target.subscription.protocol
    body, extra = _FORMS[protocol](tx, target, letters)
    dead = None
    if target.dead_letters is not None and (target.raw or protocol not in ("http", "https")):
        dead = _readable(_dead_letter(target, letters))
    return replace(
        _facts(topic, target, letters.published),
        body=body,
        extra=extra,
        retry=schedule_of(protocol, target.http.schedule).packed(),
        queue=target.dead_letters,
        dead=dead,
    )


def _readable(letter: DeadLetter) -> DeadLetter:
    """As JSON can hold it: bytes in base64, under their own name."""
    return DeadLetter(letter.body, queues.packed(letter.attributes), letter.group, letter.deduplication)


def _pace_ms(tx: Transaction, target: Target) -> int:
    """What a delivery waits so that a throttled subscriber gets no more in a second than its policy says."""
    rate = target.http.rate
    if rate is None or target.subscription.protocol not in ("http", "https"):
        return 0
    now_ms = float(tx.moment.epoch_ms)
    paces: dict[str, float] = tx.memory("sns").setdefault(_PACE, {})
    due_ms = max(paces.get(target.subscription.arn, 0.0), now_ms)
    if len(paces) >= limits.SNS_TOPICS_REMEMBERED_MAX:
        for arn in [arn for arn, next_ms in paces.items() if next_ms <= now_ms]:
            del paces[arn]
    paces[target.subscription.arn] = due_ms + 1000 / rate
    return round(due_ms - now_ms)


# ---- what each protocol sends ----

_Form = tuple[str, dict[str, Any]]


def _http(tx: Transaction, target: Target, letters: Letters) -> _Form:
    published, subscription = letters.published, target.subscription
    headers = {
        "x-amz-sns-message-type": envelope.NOTIFICATION,
        "x-amz-sns-message-id": published.message_id,
        "x-amz-sns-topic-arn": published.topic_arn,
        "x-amz-sns-subscription-arn": subscription.arn,
        "Content-Type": target.http.content_type,
    }
    if target.raw:
        return published.content.of(subscription.protocol), {"headers": {**headers, "x-amz-sns-rawdelivery": "true"}}
    return letters.rendered(subscription.protocol, subscription.base_url, subscription.arn), {"headers": headers}


def _function(tx: Transaction, target: Target, letters: Letters) -> _Form:
    subscription = target.subscription
    document = letters.notification("lambda", subscription.base_url, subscription.arn)
    views = envelope.attribute_views(letters.published.attributes)
    return "", {"event": envelope.function_event(document, views, subscription.arn)}


def _stream(tx: Transaction, target: Target, letters: Letters) -> _Form:
    if target.raw:
        return letters.published.content.of("firehose"), {}
    return letters.rendered("firehose", target.subscription.base_url, target.subscription.arn), {}


def _phone(tx: Transaction, target: Target, letters: Letters) -> _Form:
    views = envelope.attribute_views(letters.published.attributes)
    owner = target.subscription.topic_arn.split(":")[4], target.subscription.region
    return letters.published.content.of("sms"), {"attributes": views, **phones.facts(tx, owner)}


def _device(tx: Transaction, target: Target, letters: Letters) -> _Form:
    return devices.form(tx, target.subscription.endpoint, letters.published.content, letters.published.attributes)


_FORMS = {
    "http": _http,
    "https": _http,
    "lambda": _function,
    "firehose": _stream,
    "sms": _phone,
    "application": _device,
}
