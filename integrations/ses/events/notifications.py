"""What an identity's owner is told of its mails: topics for bounces, complaints and deliveries; feedback by mail."""

from dataclasses import replace
from typing import Any

from engine.contract import Caller, Transaction
from integrations.ses.errors import invalid
from integrations.ses.events import notification_store as store
from integrations.ses.events.event_destinations import check_topic
from integrations.ses.events.notification_store import Notifications
from integrations.ses.identities import identities

_TYPES = ("Bounce", "Complaint", "Delivery")


def set_identity_notification_topic(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Without a topic: nobody is told any more."""
    name = identities.existing(tx, caller, request["Identity"]).name
    before, kind, topic = store.find(tx.connection, caller, name), request["NotificationType"], request.get("SnsTopic")
    topics = {known: arn for known, arn in before.topics.items() if known != kind}
    if topic:
        check_topic(tx, caller, topic, "InvalidParameterValue")
        topics[kind] = topic
    after = replace(before, topics=topics)
    _check_heard(after)
    store.put(tx.connection, caller, name, after)
    return {}


def set_identity_feedback_forwarding_enabled(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    name = identities.existing(tx, caller, request["Identity"]).name
    _set_forwarding(tx, caller, name, request["ForwardingEnabled"])
    return {}


def put_email_identity_feedback_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2. Without EmailForwardingEnabled it is off, as for AWS: the member's default is false."""
    name = identities.required(tx, caller, request).name
    _set_forwarding(tx, caller, name, request.get("EmailForwardingEnabled", False))
    return {}


def _set_forwarding(tx: Transaction, caller: Caller, name: str, enabled: bool) -> None:
    after = replace(store.find(tx.connection, caller, name), forwarding=enabled)
    _check_heard(after)
    store.put(tx.connection, caller, name, after)


def _check_heard(found: Notifications) -> None:
    """Nobody may turn a deaf ear to bounces and complaints."""
    if not found.forwarding and not {"Bounce", "Complaint"} <= found.topics.keys():
        raise invalid("Feedback forwarding can be off only while both Bounce and Complaint notifications have topics.")


def set_identity_headers_in_notifications_enabled(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    name = identities.existing(tx, caller, request["Identity"]).name
    before, kind = store.find(tx.connection, caller, name), request["NotificationType"]
    kept = [known for known in before.headers if known != kind]
    headers = (*kept, kind) if request["Enabled"] else tuple(kept)
    store.put(tx.connection, caller, name, replace(before, headers=headers))
    return {}


def get_identity_notification_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Of those of the identities that there are."""
    found = {name: identities.find(tx, caller, name) for name in request["Identities"]}
    return {
        "NotificationAttributes": {
            asked: _shown(store.find(tx.connection, caller, identity.name))
            for asked, identity in found.items()
            if identity is not None
        }
    }


def _shown(found: Notifications) -> dict[str, Any]:
    topics = {f"{kind}Topic": found.topics[kind] for kind in _TYPES if kind in found.topics}
    headers = {f"HeadersIn{kind}NotificationsEnabled": kind in found.headers for kind in _TYPES}
    return {**topics, "ForwardingEnabled": found.forwarding, **headers}
