"""What subscribers get: the JSON documents of SNS, and the text that their signature signs.

    Notification                  to sqs, http(s) and email-json, unless raw delivery is on
    SubscriptionConfirmation      to http(s), email-json and queues of other accounts
    UnsubscribeConfirmation       to http(s), when a subscription is ended
    the event of a function       {"Records": [{"EventSource": "aws:sns", ..}]}

The order and the spacing are AWS's. Pure.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

# The members that are signed, in their order: each as its name and its value, a line each.
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """`version`: 1 (SHA1) or 2 (SHA256)."""

    version: str
    value: str
    certificate_url: str


def text_to_sign(document: Mapping[str, Any]) -> str:
    """Of a document with its Type; members that are absent are left out (Subject)."""
    names = [name for name in _SIGNED[document["Type"]] if document.get(name) is not None]
    return "".join(f"{name}\n{document[name]}\n" for name in names)


def notification(
    *, message_id: str, topic_arn: str, message: str, timestamp: str, subject: str | None, sequence: str | None
) -> dict[str, Any]:
    """What stands in a Notification before its signature."""
    return {
        "Type": NOTIFICATION,
        "MessageId": message_id,
        **({} if sequence is None else {"SequenceNumber": sequence}),
        "TopicArn": topic_arn,
        **({} if subject is None else {"Subject": subject}),
        "Message": message,
        "Timestamp": timestamp,
    }


def confirmation(*, message_id: str, token: str, topic_arn: str, timestamp: str, base_url: str) -> dict[str, Any]:
    """A SubscriptionConfirmation before its signature."""
    url = f"{base_url}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}"
    message = (
        f"You have chosen to subscribe to the topic {topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    return _handshake(SUBSCRIPTION, message_id, token, topic_arn, message, url, timestamp)


def farewell(
    *, message_id: str, token: str, topic_arn: str, subscription_arn: str, timestamp: str, base_url: str
) -> dict[str, Any]:
    """An UnsubscribeConfirmation before its signature: its token subscribes again."""
    url = f"{base_url}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}"
    message = (
        f"You have chosen to deactivate subscription {subscription_arn}.\n"
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
    )
    return _handshake(UNSUBSCRIPTION, message_id, token, topic_arn, message, url, timestamp)


def _handshake(
    kind: str, message_id: str, token: str, topic_arn: str, message: str, url: str, timestamp: str
) -> dict[str, Any]:
    return {
        "Type": kind,
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic_arn,
        "Message": message,
        "SubscribeURL": url,
        "Timestamp": timestamp,
    }


def signed(document: Mapping[str, Any], signature: Signature) -> dict[str, Any]:
    return {
        **document,
        "SignatureVersion": signature.version,
        "Signature": signature.value,
        "SigningCertURL": signature.certificate_url,
    }


def unsubscribe_url(base_url: str, subscription_arn: str) -> str:
    return f"{base_url}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def attribute_views(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Message attributes as documents show them: {"name": {"Type": .., "Value": ..}}, bytes in base64."""
    return {name: {"Type": found["DataType"], "Value": attribute_text(found)} for name, found in attributes.items()}


def attribute_text(attribute: Mapping[str, Any]) -> str:
    if "BinaryValue" in attribute:
        return base64.b64encode(attribute["BinaryValue"]).decode()
    return str(attribute["StringValue"])


def rendered(document: Mapping[str, Any]) -> str:
    """A member a line, `"Name" : value`, as AWS writes its documents."""
    lines = [f"  {_json(name)} : {_member(value)}" for name, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _member(value: Any) -> str:
    if not isinstance(value, dict):
        return _json(value)
    return "{\n" + ",\n".join(f"    {_json(name)} : {_json(inner)}" for name, inner in value.items()) + "\n  }"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def function_event(
    document: Mapping[str, Any], attributes: Mapping[str, Mapping[str, str]], subscription_arn: str
) -> dict[str, Any]:
    """What a Lambda function gets, of a signed Notification."""
    sns = {
        "Type": document["Type"],
        "MessageId": document["MessageId"],
        "TopicArn": document["TopicArn"],
        "Subject": document.get("Subject"),
        "Message": document["Message"],
        "Timestamp": document["Timestamp"],
        "SignatureVersion": document["SignatureVersion"],
        "Signature": document["Signature"],
        "SigningCertUrl": document["SigningCertURL"],
        "UnsubscribeUrl": document["UnsubscribeURL"],
        "MessageAttributes": dict(attributes),
    }
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription_arn, "Sns": sns}
    return {"Records": [record]}
