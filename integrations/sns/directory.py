"""Topics with the subscriptions that their messages go to, as the writer remembers them between batches.

What is here is what the store holds: whoever changes a topic or a subscription calls `forget`, and a lost batch or
savepoint empties it all. Filter policies and delivery policies are compiled once, here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.contract import Transaction
from integrations.sns import protection_store, store
from integrations.sns.delivery_policy import HttpPolicy, http_policy
from integrations.sns.filter_policy import ATTRIBUTES, BODY, FilterPolicy, compile_policy
from integrations.sns.protection_policy import Protection, compiled
from integrations.sns.store import Subscription, Topic
from integrations.sns.subscription_attributes import dead_letter_queue

_TOPICS = "topics"


@dataclass(frozen=True, slots=True)
class Target:
    """A confirmed subscription, ready for messages."""

    subscription: Subscription
    raw: bool
    filter: FilterPolicy | None
    over_body: bool
    dead_letters: str | None
    http: HttpPolicy

    def takes(self, attributes: Mapping[str, Any], body: Mapping[str, Any] | None) -> bool:
        """`attributes`: their values; `body`: the message's object, None where it is none."""
        if self.filter is None:
            return True
        if not self.over_body:
            return self.filter.matches(attributes)
        return body is not None and self.filter.matches(body)


@dataclass(slots=True)
class Known:
    """A topic as remembered. `sequence`: of its last message; the store has it too."""

    topic: Topic
    targets: list[Target]
    sequence: int
    protection: Protection | None

    def next_sequence(self, tx: Transaction) -> None:
        """For one message more of a FIFO topic."""
        self.sequence += 1
        store.set_sequence(tx.connection, self.topic.id, self.sequence)


def known(tx: Transaction, arn: str) -> Known | None:
    """The topic of an ARN, in an operation that writes; None where there is none."""
    remembered: dict[str, Known] = tx.memory("sns").setdefault(_TOPICS, {})
    found = remembered.get(arn)
    if found is None:
        topic = store.topic(tx.connection, arn)
        if topic is None:
            return None
        if len(remembered) >= limits.SNS_TOPICS_REMEMBERED_MAX:
            remembered.clear()
        targets = [target(topic, subscription) for subscription in store.confirmed(tx.connection, topic.id)]
        policy = protection_store.find(tx.connection, topic.id)
        protection = None if policy is None else compiled(policy)
        found = remembered[arn] = Known(topic, targets, topic.sequence, protection)
    return found


def forget(tx: Transaction, arn: str) -> None:
    """The topic or one of its subscriptions was changed."""
    tx.memory("sns").get(_TOPICS, {}).pop(arn, None)


def target(topic: Topic, subscription: Subscription) -> Target:
    attributes = subscription.attributes
    scope = attributes.get("FilterPolicyScope", ATTRIBUTES)
    policy = attributes.get("FilterPolicy")
    return Target(
        subscription,
        raw=attributes.get("RawMessageDelivery", "").lower() == "true",
        filter=compile_policy(policy, scope) if policy else None,
        over_body=scope == BODY,
        dead_letters=dead_letter_queue(attributes),
        http=http_policy(topic.attributes.get("DeliveryPolicy"), attributes.get("DeliveryPolicy") or None),
    )
