"""What is heard of mails: a topic with a queue behind it."""

import json
from dataclasses import dataclass
from typing import Any

from tests.integrations.ses.conftest import User

_ORDER = [
    "Send",
    "Rendering Failure",
    "DeliveryDelay",
    "Delivery",
    "Reject",
    "Bounce",
    "Complaint",
    "Open",
    "Click",
    "Subscription",
]


@dataclass(frozen=True)
class Ear:
    topic: str
    queue: str
    sqs: Any

    def heard(self) -> list[dict[str, Any]]:
        """What has come since it was asked last; a queue keeps no order, so by what must come before what."""
        found = []
        while messages := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return sorted(found, key=lambda event: _ORDER.index(event.get("eventType") or event["notificationType"]))


def ear(user: User, name: str = "events") -> Ear:
    sns, sqs = user.client("sns"), user.client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return Ear(topic, queue, sqs)


ALL = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE", "DELIVERY_DELAY"]

FOLLOWED = ["OPEN", "CLICK", "SUBSCRIPTION"]  # those for which mails are changed


def listening(user: User, name: str = "watched", **options: Any) -> Ear:
    """A configuration set of that name whose events all come to an ear."""
    found = ear(user)
    ses2 = user.client("sesv2")
    ses2.create_configuration_set(ConfigurationSetName=name, **options)
    ses2.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="ear",
        EventDestination={"Enabled": True, "MatchingEventTypes": ALL, "SnsDestination": {"TopicArn": found.topic}},
    )
    return found
