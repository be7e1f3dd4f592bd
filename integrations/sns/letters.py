"""A published message, and the forms in which its subscribers get it. A text is signed once, however many get it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.contract import Caller, Transaction
from engine.moment import iso_time
from integrations.sns import envelope
from integrations.sns.messages import Attributes, Content
from integrations.sns.signing import signer


@dataclass(frozen=True, slots=True)
class Published:
    """A message as a topic takes it. `sequence`: of FIFO topics, the text that subscribers see."""

    message_id: str
    topic_arn: str
    content: Content
    subject: str | None
    attributes: Attributes
    time_ms: int
    group: str | None = None
    deduplication: str | None = None
    sequence: str | None = None
    replayed: bool = False


@dataclass(slots=True)
class Letters:
    """The documents of one message. `version`: of the topic's signatures."""

    tx: Transaction
    caller: Caller
    published: Published
    version: str
    _signatures: dict[str, str] = field(default_factory=dict)  # by text

    def notification(self, protocol: str, base_url: str, subscription_arn: str) -> dict[str, Any]:
        """The signed document of the message, for a subscriber of that protocol."""
        found, base = self.published, self_url(self.tx, base_url, self.caller)
        text = found.content.of(protocol)
        document = envelope.notification(
            message_id=found.message_id,
            topic_arn=found.topic_arn,
            message=text,
            timestamp=iso_time(found.time_ms),
            subject=found.subject,
            sequence=found.sequence,
        )
        maker = signer(self.tx)
        if text not in self._signatures:
            self._signatures[text] = maker.sign(document, self.version)
        document = envelope.signed(document, maker.signature(self._signatures[text], self.version, base))
        document["UnsubscribeURL"] = envelope.unsubscribe_url(base, subscription_arn)
        if found.replayed:
            document["Replayed"] = "true"
        if found.attributes:
            document["MessageAttributes"] = envelope.attribute_views(found.attributes)
        return document

    def rendered(self, protocol: str, base_url: str, subscription_arn: str) -> str:
        return envelope.rendered(self.notification(protocol, base_url, subscription_arn))


def self_url(tx: Transaction, base_url: str, caller: Caller) -> str:
    """This server's URL for a subscriber: the one by which it was subscribed, or the message published. Tasks name
    none; where only they did it, the one that the settings say."""
    return base_url or caller.base_url or tx.settings.url


def queue_attributes(attributes: Attributes) -> dict[str, Mapping[str, Any]]:
    """Message attributes as SQS takes them: it knows no String.Array, which is a String with a label there."""
    return dict(attributes)
