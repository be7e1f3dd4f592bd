"""Mail to subscribers, by the SES of this server: in its inbox with the message, over its relay after the commit."""

import re

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sns.store import Topic

SUBJECT = "AWS Notification Message"
_ADDRESS = "no-reply@sns.amazonaws.com"


def _sender(display_name: str) -> str:
    name = re.sub(r'["\\\r\n]', " ", display_name) or "AWS Notifications"
    return f'"{name}" <{_ADDRESS}>'


def notification_text(message: str, unsubscribe_url: str, address: str) -> str:
    return (
        f"{message}\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link "
        f"below to unsubscribe:\n{unsubscribe_url}&Endpoint={address}\n"
    )


def confirmation_text(topic_arn: str, url: str) -> str:
    return (
        f"You have chosen to subscribe to the topic:\n{topic_arn}\n\nTo confirm this subscription, click or visit the "
        f"link below (If this was in error no action is necessary):\n{url}\n"
    )


def send(tx: Transaction, topic: Topic, address: str, subject: str, text: str) -> ServiceError | None:
    """What SES says against it, an address that is none."""
    caller = Caller(topic.account, topic.region, topic.arn.split(":")[1])
    source = _sender(topic.attributes.get("DisplayName", ""))
    try:
        tx.call(caller, "ses", "SendServiceMail", {"Source": source, "To": address, "Subject": subject, "Text": text})
    except ServiceError as error:
        return error
    return None
