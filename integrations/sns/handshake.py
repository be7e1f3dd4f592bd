"""Confirming subscriptions: invitations, ConfirmSubscription, and the farewell that can be taken back.

Subscribe -> SubscriptionConfirmation with a token -> ConfirmSubscription, or a GET of its SubscribeURL
Unsubscribe -> UnsubscribeConfirmation to HTTP subscribers, whose token subscribes again
"""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.moment import iso_time
from integrations.sns import envelope, mail, queues, replays, store, tokens
from integrations.sns.access import authorize
from integrations.sns.deliveries import DeadLetter, Delivery, post
from integrations.sns.directory import forget
from integrations.sns.errors import invalid, no_topic, not_authorized
from integrations.sns.letters import self_url
from integrations.sns.names import topic_arn
from integrations.sns.retry_schedule import HTTP_DEFAULT
from integrations.sns.signing import signer
from integrations.sns.store import Subscription, Topic
from integrations.sns.tokens import Pending

Request = dict[str, Any]
Response = dict[str, Any]


def invite(tx: Transaction, caller: Caller, topic: Topic, found: Subscription) -> None:
    """Ask the endpoint of a pending subscription whether it wants the messages."""
    token, base = _remember(tx, caller, found)
    document = envelope.confirmation(
        message_id=tx.moment.uuid(),
        token=token,
        topic_arn=topic.arn,
        timestamp=iso_time(tx.moment.epoch_ms),
        base_url=base,
    )
    _hand_over(tx, topic, found, _signed(tx, topic, document, base))


def say_farewell(tx: Transaction, caller: Caller, topic: Topic, found: Subscription) -> None:
    """Tell an HTTP subscriber that its subscription has ended."""
    token, base = _remember(tx, caller, found)
    document = envelope.farewell(
        message_id=tx.moment.uuid(),
        token=token,
        topic_arn=topic.arn,
        subscription_arn=found.arn,
        timestamp=iso_time(tx.moment.epoch_ms),
        base_url=base,
    )
    _hand_over(tx, topic, found, _signed(tx, topic, document, base))


def confirm_subscription(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ConfirmSubscription, with credentials or, by the SubscribeURL, without."""
    arn = request["TopicArn"]
    topic_arn(arn)
    guarded = str(request.get("AuthenticateOnUnsubscribe") or "false").lower() == "true"
    if guarded and caller.anonymous:
        raise not_authorized(
            "anonymous", "ConfirmSubscription", arn, "because AuthenticateOnUnsubscribe needs a caller"
        )
    topic = store.topic(tx.connection, arn)
    if topic is None:
        raise no_topic()
    if not caller.anonymous and caller.account != topic.account:
        authorize(caller, topic, "Subscribe")
    pending = tokens.find(tx.connection, request["Token"], tx.moment.epoch_ms)
    if pending is None or pending.topic_arn != arn:
        raise invalid("Token")
    _confirm(tx, caller, topic, pending, guarded)
    return {"SubscriptionArn": pending.subscription_arn}


def _confirm(tx: Transaction, caller: Caller, topic: Topic, pending: Pending, guarded: bool) -> None:
    found = store.at_endpoint(tx.connection, topic.id, pending.protocol, pending.endpoint)
    if found is not None:
        if found.pending:
            store.confirm(tx.connection, found.id, not caller.anonymous, guarded)
    else:
        row = {
            "topic": topic.id,
            "arn": pending.subscription_arn,
            "topic_arn": topic.arn,
            "protocol": pending.protocol,
            "endpoint": pending.endpoint,
            "owner": pending.owner,
            "region": topic.region,
            "pending": False,
            "authenticated": not caller.anonymous,
            "guarded": guarded,
            "base_url": pending.base_url,
            "created_ms": tx.moment.epoch_ms,
        }
        store.add_subscription(tx.connection, row, pending.attributes)
    forget(tx, topic.arn)
    replays.wake(tx, topic, pending.subscription_arn)


def _remember(tx: Transaction, caller: Caller, found: Subscription) -> tuple[str, str]:
    """(a new token, this server's URL for the subscriber)"""
    base = self_url(tx, found.base_url, caller)
    token = tokens.new_token()
    expires_ms = tx.moment.epoch_ms + limits.SNS_CONFIRMATION_MS
    tokens.add(
        tx.connection,
        Pending(
            token,
            found.topic_arn,
            found.arn,
            found.protocol,
            found.endpoint,
            found.owner,
            found.attributes,
            base,
            expires_ms,
        ),
    )
    return token, base


def _signed(tx: Transaction, topic: Topic, document: dict[str, Any], base: str) -> dict[str, Any]:
    return signer(tx).signed(document, topic.attributes.get("SignatureVersion", "1"), base)


def _hand_over(tx: Transaction, topic: Topic, found: Subscription, document: dict[str, Any]) -> None:
    text = envelope.rendered(document)
    if found.protocol in ("http", "https"):
        post(tx, _http(tx, topic, found, document, text))
    elif found.protocol == "sqs":
        error = queues.deliver(tx, topic, found.endpoint, DeadLetter(text))
        if error is not None:
            queues.bury(tx, None, DeadLetter(text), found.arn, error.code, error.message)
    else:
        if found.protocol == "email":
            text = mail.confirmation_text(topic.arn, document["SubscribeURL"])
        error = mail.send(tx, topic, found.endpoint, "AWS Notification - Subscription Confirmation", text)
        if error is not None:
            raise invalid(f"Email address Reason: {error.message}")


def _http(tx: Transaction, topic: Topic, found: Subscription, document: dict[str, Any], text: str) -> Delivery:
    headers = {
        "x-amz-sns-message-type": document["Type"],
        "x-amz-sns-message-id": document["MessageId"],
        "x-amz-sns-topic-arn": topic.arn,
        "Content-Type": "text/plain; charset=UTF-8",
    }
    if document["Type"] == envelope.UNSUBSCRIPTION:
        headers["x-amz-sns-subscription-arn"] = found.arn
    return Delivery(
        found.protocol,
        found.endpoint,
        topic.account,
        topic.region,
        topic.arn,
        found.arn,
        document["MessageId"],
        tx.moment.epoch_ms,
        text,
        {"headers": headers},
        HTTP_DEFAULT.packed(),
    )
