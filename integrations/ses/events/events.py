"""Events of mails as AWS publishes them. Pure.

Source: SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS" and "Amazon SNS
notification contents for Amazon SES". `sourceIp` and `callerIdentity` are left out: Statewright keeps neither.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.moment import iso_time
from integrations.ses.events.facts import Facts

Event = dict[str, Any]

REPORTER = "a8-0.smtp-out.amazonses.com"
SUPPRESSED_TEXT = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. For "
    "more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/DeveloperGuide/sending-email-suppression-list.html"
)

# type of event, as v2 names it -> (v1's name, `eventType`, the member that tells of it)
KINDS: Mapping[str, tuple[str, str, str]] = {
    "SEND": ("send", "Send", "send"),
    "REJECT": ("reject", "Reject", "reject"),
    "BOUNCE": ("bounce", "Bounce", "bounce"),
    "COMPLAINT": ("complaint", "Complaint", "complaint"),
    "DELIVERY": ("delivery", "Delivery", "delivery"),
    "RENDERING_FAILURE": ("renderingFailure", "Rendering Failure", "failure"),
    "DELIVERY_DELAY": ("deliveryDelay", "DeliveryDelay", "deliveryDelay"),
    "OPEN": ("open", "Open", "open"),
    "CLICK": ("click", "Click", "click"),
    "SUBSCRIPTION": ("subscription", "Subscription", "subscription"),
}


def event(facts: Facts, kind: str, detail: Event) -> Event:
    """For the destinations of a configuration set."""
    _, name, member = KINDS[kind]
    return {"eventType": name, member: detail, "mail": {**_mail(facts), **_heads(facts), "tags": dict(facts.tags)}}


def notification(facts: Facts, kind: str, detail: Event, with_headers: bool) -> Event:
    """For the topic of an identity: of bounces, complaints and deliveries."""
    _, name, member = KINDS[kind]
    heads = _heads(facts) if with_headers else {}
    return {"notificationType": name, member: detail, "mail": {**_mail(facts), **heads}}


def _mail(facts: Facts) -> Event:
    return {
        "timestamp": iso_time(facts.time_ms),
        "source": facts.source,
        "sourceArn": facts.source_arn,
        "sendingAccountId": facts.account,
        "messageId": facts.message_id,
        "destination": list(facts.recipients),
    }


def _heads(facts: Facts) -> Event:
    return {
        "headersTruncated": facts.truncated,
        "headers": [{"name": name, "value": value} for name, value in facts.headers],
        "commonHeaders": dict(facts.common),
    }


def delivery(facts: Facts, recipients: Sequence[str], response: str, now_ms: int) -> Event:
    return {
        "timestamp": iso_time(now_ms),
        "processingTimeMillis": max(now_ms - facts.time_ms, 0),
        "recipients": list(recipients),
        "smtpResponse": response,
        "reportingMTA": REPORTER,
    }


def bounce(kind: str, sub_kind: str, recipients: Sequence[Event], feedback_id: str, now_ms: int) -> Event:
    """`recipients`: `bounced_recipient`s."""
    return {
        "bounceType": kind,
        "bounceSubType": sub_kind,
        "bouncedRecipients": list(recipients),
        "timestamp": iso_time(now_ms),
        "feedbackId": feedback_id,
        "reportingMTA": f"dsn; {REPORTER}",
    }


def bounced_recipient(address: str, status: str = "", diagnostic: str = "") -> Event:
    """Without a status: of an automatic answer."""
    if not status:
        return {"emailAddress": address}
    return {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": diagnostic}


def complaint(recipients: Sequence[str], feedback_id: str, now_ms: int) -> Event:
    time = iso_time(now_ms)
    return {
        "complainedRecipients": [{"emailAddress": address} for address in recipients],
        "timestamp": time,
        "feedbackId": feedback_id,
        "complaintSubType": None,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": time,
    }


def delay(kind: str, recipients: Sequence[Event], expires_ms: int, now_ms: int) -> Event:
    """`recipients`: emailAddress, status, diagnosticCode."""
    return {
        "timestamp": iso_time(now_ms),
        "delayType": kind,
        "expirationTime": iso_time(expires_ms),
        "delayedRecipients": list(recipients),
        "reportingMTA": REPORTER,
    }


def opened(address: str, agent: str, now_ms: int) -> Event:
    return {"ipAddress": address, "timestamp": iso_time(now_ms), "userAgent": agent}


def clicked(address: str, agent: str, link: str, tags: Mapping[str, Sequence[str]] | None, now_ms: int) -> Event:
    """Without tags they are null."""
    return {**opened(address, agent, now_ms), "link": link, "linkTags": dict(tags) if tags else None}


def subscription(contact_list: str, source: str, before: Event, after: Event, now_ms: int) -> Event:
    """`before` and `after`: unsubscribeAll, topicSubscriptionStatus and what the topics' defaults are."""
    return {
        "contactList": contact_list,
        "timestamp": iso_time(now_ms),
        "source": source,
        "newTopicPreferences": after,
        "oldTopicPreferences": before,
    }
