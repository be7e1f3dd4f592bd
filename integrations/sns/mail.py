"""Mail to subscribers: rows that wait to be sent.

Until SES is here, mail is kept (`sns_outgoing`, kind `email`) and shown; `integrations.sns.records` reads it. What
sends it later takes the rows from there.
"""

import re

from engine.contract import Transaction
from integrations.sns import records
from integrations.sns.store import Topic

SUBJECT = "AWS Notification Message"
_ADDRESS = "no-reply@sns.amazonaws.com"


def sender(display_name: str) -> str:
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


def send(tx: Transaction, topic: Topic, address: str, message_id: str, sent_by: str, subject: str, text: str) -> None:
    content = {"From": sent_by, "Subject": subject, "Text": text, "TopicArn": topic.arn}
    records.add(tx, topic.account, topic.region, "email", address, message_id, content)
