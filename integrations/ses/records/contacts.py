"""Contacts: who wants which topics of a list (v2).

| what it has said | a mail about a topic |
|---|---|
| it is unsubscribed from all | is not sent |
| OPT_IN, OPT_OUT of the topic | is sent, is not sent |
| nothing of the topic | is sent where the topic's default is OPT_IN |
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.addresses import address_of, normal
from integrations.ses.errors import invalid
from integrations.ses.paging import page_size
from integrations.ses.records import contact_store as store
from integrations.ses.records.contact_lists import named
from integrations.ses.records.contact_store import Contact
from integrations.ses.records.record_store import Record

IN, OUT = "OPT_IN", "OPT_OUT"


def create_contact(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = named(tx, caller, request["ContactListName"])
    address = _address(request)
    wanted = _preferences(found, request.get("TopicPreferences") or ())
    attributes = _attributes(request)
    if store.find(tx.connection, caller, found.name, address) is not None:
        raise ServiceError("AlreadyExistsException", f"Contact already exists in the list {found.name}.")
    if store.count(tx.connection, caller, found.name) >= limits.SES_CONTACTS_MAX:
        raise invalid(f"A contact list has at most {limits.SES_CONTACTS_MAX} contacts")
    now_ms = tx.moment.epoch_ms
    made = Contact(found.name, address, bool(request.get("UnsubscribeAll")), wanted, attributes, now_ms, now_ms)
    store.put(tx.connection, caller, made)
    return {}


def _address(request: Mapping[str, Any]) -> str:
    return normal(address_of(request["EmailAddress"]))


def _preferences(found: Record, given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Raises ServiceError for topics that the list does not have."""
    known = {topic["TopicName"] for topic in found.content["topics"]}
    for one in given:
        if one["TopicName"] not in known:
            shown = one["TopicName"][: limits.SES_SHOWN_CHARS]
            raise invalid(f"List {found.name} doesn't contain topic {shown}.")
    return {one["TopicName"]: one["SubscriptionStatus"] for one in given}


def _attributes(request: Mapping[str, Any]) -> str | None:
    text: str | None = request.get("AttributesData")
    if text is not None and len(text.encode("utf-8", "replace")) > limits.SES_CONTACT_ATTRIBUTES_BYTES_MAX:
        raise invalid(f"AttributesData has at most {limits.SES_CONTACT_ATTRIBUTES_BYTES_MAX} bytes")
    return text


def _existing(tx: Transaction, caller: Caller, request: Mapping[str, Any]) -> tuple[Record, Contact]:
    """The list and the contact of a request. Raises ServiceError."""
    found = named(tx, caller, request["ContactListName"])
    contact = store.find(tx.connection, caller, found.name, _address(request))
    if contact is None:
        raise ServiceError("NotFoundException", f"Contact doesn't exist in the list {found.name}.", 404)
    return found, contact


def update_contact(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """What is not given stays, but for UnsubscribeAll: without it the contact is subscribed."""
    found, contact = _existing(tx, caller, request)
    wanted = {**contact.preferences, **_preferences(found, request.get("TopicPreferences") or ())}
    attributes = _attributes(request) if "AttributesData" in request else contact.attributes
    unsubscribed = bool(request.get("UnsubscribeAll"))
    changed = replace(
        contact, preferences=wanted, attributes=attributes, unsubscribed=unsubscribed, updated_ms=tx.moment.epoch_ms
    )
    store.put(tx.connection, caller, changed)
    return {}


def get_contact(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found, contact = _existing(tx, caller, request)
    attributes = {} if contact.attributes is None else {"AttributesData": contact.attributes}
    created = {"CreatedTimestamp": contact.created_ms / 1000}
    return {"ContactListName": found.name, **_shown(found, contact), **attributes, **created}


def _shown(found: Record, contact: Contact) -> dict[str, Any]:
    said = [
        {"TopicName": topic["TopicName"], "SubscriptionStatus": contact.preferences[topic["TopicName"]]}
        for topic in found.content["topics"]
        if topic["TopicName"] in contact.preferences
    ]
    unsaid = [
        {"TopicName": topic["TopicName"], "SubscriptionStatus": topic["DefaultSubscriptionStatus"]}
        for topic in found.content["topics"]
        if topic["TopicName"] not in contact.preferences
    ]
    return {
        "EmailAddress": contact.address,
        "TopicPreferences": said,
        "TopicDefaultPreferences": unsaid,
        "UnsubscribeAll": contact.unsubscribed,
        "LastUpdatedTimestamp": contact.updated_ms / 1000,
    }


def delete_contact(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found, contact = _existing(tx, caller, request)
    store.remove(tx.connection, caller, found.name, contact.address)
    return {}


def list_contacts(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """A page may be short where many contacts do not pass the filter; NextToken says whether there are more."""
    found = named(tx, caller, request["ContactListName"])
    wanted = request.get("Filter") or {}
    topic = wanted.get("TopicFilter") or {}
    if topic.get("TopicName"):
        _preferences(found, [{"TopicName": topic["TopicName"], "SubscriptionStatus": IN}])
    limit = page_size(request.get("PageSize"), limits.SES_PAGE_MAX, limits.SES_PAGE_MAX)
    rows = store.page(
        tx.connection, caller, found.name, request.get("NextToken") or "", limits.SES_CONTACTS_SCANNED_MAX + 1
    )
    shown: list[Contact] = []
    for number, contact in enumerate(rows):
        if len(shown) == limit or number == limits.SES_CONTACTS_SCANNED_MAX:
            token = {"NextToken": rows[number - 1].address}
            return {"Contacts": [_shown(found, one) for one in shown], **token}
        if _passes(found, contact, wanted.get("FilteredStatus"), topic):
            shown.append(contact)
    return {"Contacts": [_shown(found, one) for one in shown]}


def _passes(found: Record, contact: Contact, status: str | None, topic: Mapping[str, Any]) -> bool:
    name = topic.get("TopicName")
    if name is None:
        return status is None or contact.unsubscribed == (status == OUT)
    said = contact.preferences.get(name)
    if said is None and topic.get("UseDefaultIfPreferenceUnavailable"):
        said = default_of(found, name)
    if contact.unsubscribed and said is not None:
        said = OUT
    return said is not None and status in (None, said)


def default_of(found: Record, topic: str) -> str | None:
    """None: the list has no such topic."""
    defaults = (one["DefaultSubscriptionStatus"] for one in found.content["topics"] if one["TopicName"] == topic)
    return next(defaults, None)


def wants(found: Record, contact: Contact | None, topic: str | None) -> bool:
    """Whether a mail of the list, about a topic or none, is for the contact; None: one that is not put down yet."""
    if contact is not None and contact.unsubscribed:
        return False
    if topic is None:
        return True
    said = contact.preferences.get(topic) if contact is not None else None
    return (said or default_of(found, topic)) != OUT
