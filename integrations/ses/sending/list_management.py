"""Mails to contacts (v2's ListManagementOptions): the link by which one unsubscribes, and who has done so.

A link says whose it is, sealed: nobody makes one for somebody else. Opening it asks; the answer (or the one click of
RFC 8058, which a mail program sends) unsubscribes from the topic, or from all where the mail was about none.
"""

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from engine import limits
from engine.contract import Caller, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError
from integrations.ses.addresses import address_of, normal
from integrations.ses.errors import invalid
from integrations.ses.events import events, feedback, outcomes
from integrations.ses.events.events import bounced_recipient
from integrations.ses.events.facts import Facts
from integrations.ses.events.publishing import publish
from integrations.ses.records import contact_store, contacts
from integrations.ses.records.contact_lists import named
from integrations.ses.records.contact_store import Contact
from integrations.ses.records.record_store import Record
from integrations.ses.sending import tracked_store
from integrations.ses.sending.own_mail import new_message_id

PATH = "/ses/unsubscribe/"
PLACEHOLDER = "{{amazonSESUnsubscribeUrl}}"
VARIABLE = "amazonSESUnsubscribeUrl"
_BOUND_TO = b"ses unsubscribe"
_DIAGNOSTIC = "Amazon SES did not send the message to this address because it is unsubscribed from your contact list."


@dataclass(frozen=True, slots=True)
class Managed:
    """A mail to one contact of a list. `wanted`: it is not unsubscribed."""

    url: str
    wanted: bool
    message_id: str

    def headers(self, given: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """With those of RFC 8058, in the place of the request's own."""
        own = [("List-Unsubscribe", f"<{self.url}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
        names = {name.lower() for name, _ in own}
        return [*(one for one in given if one[0].lower() not in names), *own]

    def filled(self, text: str | None) -> str | None:
        return None if text is None else text.replace(PLACEHOLDER, self.url)


def managed(tx: Transaction, caller: Caller, options: Mapping[str, Any], recipients: list[str]) -> Managed:
    """Raises ServiceError."""
    found = named(tx, caller, options["ContactListName"])
    topic = options.get("TopicName")
    if topic is not None and contacts.default_of(found, topic) is None:
        shown = topic[: limits.SES_SHOWN_CHARS]
        raise ServiceError("NotFoundException", f"List {found.name} doesn't contain topic {shown}.", 404)
    if len(recipients) != 1:
        raise invalid("A mail with ListManagementOptions has one recipient: the link in it is one contact's.")
    address = normal(address_of(recipients[0]))
    message_id = new_message_id(tx)
    whose = [caller.account, caller.region, caller.partition, found.name, address, topic, message_id]
    token = base64.urlsafe_b64encode(tx.keys.seal(orjson.dumps(whose), _BOUND_TO)).decode().rstrip("=")
    contact = contact_store.find(tx.connection, caller, found.name, address)
    return Managed(
        f"{caller.base_url or tx.settings.url}{PATH}{token}", contacts.wants(found, contact, topic), message_id
    )


def bounce(tx: Transaction, facts: Facts) -> None:
    """A mail to a contact that has unsubscribed: it is taken, and never sent."""
    outcomes.sent(tx, facts)
    listed = [bounced_recipient(address, "5.1.1", _DIAGNOSTIC) for address in facts.recipients]
    feedback.forward_bounce(tx, facts, outcomes.bounced(tx, facts, "Permanent", "UnsubscribedRecipient", listed))


# ---- the page behind the link ----


def ask(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    _, name, address, topic, _ = _whose(tx, request)
    about = f"about {topic} of {name}" if topic else f"of {name}"
    asked = f"Unsubscribe {html.escape(address)} from mails {html.escape(about)}?"
    return _page(f'<p>{asked}</p><form method="post"><button>Unsubscribe</button></form>')


def unsubscribe(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """A contact that is not put down yet is, so that it stays unsubscribed."""
    owner, name, address, topic, message_id = _whose(tx, request)
    found = named(tx, owner, name)
    now_ms = tx.moment.epoch_ms
    contact = contact_store.find(tx.connection, owner, name, address) or Contact(
        name, address, False, created_ms=now_ms
    )
    if topic is None or contacts.default_of(found, topic) is None:
        changed = replace(contact, unsubscribed=True, updated_ms=now_ms)
    else:
        changed = replace(contact, preferences={**contact.preferences, topic: contacts.OUT}, updated_ms=now_ms)
    contact_store.put(tx.connection, owner, changed)
    facts = None if message_id is None else tracked_store.find(tx, owner, message_id)
    if facts is not None:
        before, after = _preferences(found, contact), _preferences(found, changed)
        publish(tx, facts, "SUBSCRIPTION", events.subscription(name, _source(request), before, after, now_ms))
    return _page(f"<p>{html.escape(address)} is unsubscribed.</p>")


def _source(request: PageRequest) -> str:
    """What a mail program sends (RFC 8058) is `UnsubscribeHeader`; AWS's name for its page is not known."""
    return "UnsubscribeHeader" if b"List-Unsubscribe=One-Click" in request.body else "UnsubscribePage"


def _preferences(found: Record, contact: Contact) -> dict[str, Any]:
    """As events show them: what the contact has said of topics, and what holds for the others."""
    said: list[dict[str, str]] = []
    unsaid: list[dict[str, str]] = []
    for topic in found.content["topics"]:
        name = topic["TopicName"]
        status = contact.preferences.get(name, topic["DefaultSubscriptionStatus"])
        shown = {"topicName": name, "subscriptionStatus": "OptOut" if status == contacts.OUT else "OptIn"}
        (said if name in contact.preferences else unsaid).append(shown)
    defaults = {"topicDefaultSubscriptionStatus": unsaid} if unsaid else {}
    return {"unsubscribeAll": contact.unsubscribed, "topicSubscriptionStatus": said, **defaults}


def _whose(tx: Transaction, request: PageRequest) -> tuple[Caller, str, str, str | None, str | None]:
    """Owner, list, address, topic and mail of a link; those of earlier days know no mail. Raises ServiceError."""
    token = request.parts["token"]
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        account, region, partition, name, address, topic, *more = orjson.loads(tx.keys.open(sealed, _BOUND_TO))
    except (ValueError, ServiceError):
        raise ServiceError("NotFoundException", "This link unsubscribes nobody.", 404) from None
    return Caller(account, region, partition), name, address, topic, more[0] if more else None


def _page(body: str) -> PageAnswer:
    text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Subscription</title>{body}</html>\n'
    return PageAnswer(text.encode(), content_type="text/html; charset=utf-8")
