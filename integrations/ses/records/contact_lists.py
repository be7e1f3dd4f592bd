"""Contact lists and their topics (v2). An account has one in a region, as on AWS."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from integrations.ses.errors import invalid
from integrations.ses.paging import page_size
from integrations.ses.records import contact_store, record_store, tagging
from integrations.ses.records.record_store import CONTACT_LIST, Record

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DISPLAY_CHARS_MAX = 128
_DESCRIPTION_CHARS_MAX = 500


def create_contact_list(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    name, pairs = request["ContactListName"], tagging.tags_given(request.get("Tags"))
    if _NAME.fullmatch(name) is None:
        raise invalid("The name of a contact list has 1 to 64 letters, digits, dashes and underscores")
    content = _content(request)
    if record_store.find(tx.connection, caller, CONTACT_LIST, name) is not None:
        raise ServiceError("AlreadyExistsException", f"List with name {name} already exists.")
    if record_store.count(tx.connection, caller, CONTACT_LIST) >= limits.SES_CONTACT_LISTS_MAX:
        raise ServiceError("LimitExceededException", "Maximum number of Lists reached.")
    now_ms = tx.moment.epoch_ms
    record_store.put(tx.connection, caller, CONTACT_LIST, Record(name, content, now_ms, now_ms))
    tagging.put_new(tx, _arn(caller, name), pairs)
    return {}


def _content(request: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ServiceError."""
    description = request.get("Description")
    _check_chars(description, _DESCRIPTION_CHARS_MAX, "The description of a contact list")
    return {"description": description, "topics": _topics(request.get("Topics") or ())}


def _topics(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if len(given) > limits.SES_TOPICS_MAX:
        raise invalid(f"A contact list has at most {limits.SES_TOPICS_MAX} topics")
    for topic in given:
        if _NAME.fullmatch(topic["TopicName"]) is None:
            raise invalid("The name of a topic has 1 to 64 letters, digits, dashes and underscores")
        if not topic["DisplayName"]:
            raise invalid("The display name of a topic is empty")
        _check_chars(topic["DisplayName"], _DISPLAY_CHARS_MAX, "The display name of a topic")
        _check_chars(topic.get("Description"), _DESCRIPTION_CHARS_MAX, "The description of a topic")
    if len({topic["TopicName"] for topic in given}) < len(given):
        raise invalid("The topics of a contact list have names of their own")
    members = ("TopicName", "DisplayName", "Description", "DefaultSubscriptionStatus")
    return [{name: topic[name] for name in members if topic.get(name) is not None} for topic in given]


def _check_chars(text: str | None, most: int, what: str) -> None:
    if text is not None and len(text) > most:
        raise invalid(f"{what} has at most {most} characters")


def _arn(caller: Caller, name: str) -> str:
    return caller.arn("ses", f"contact-list/{name}")


def named(tx: Transaction, caller: Caller, name: str) -> Record:
    """Raises ServiceError."""
    found = record_store.find(tx.connection, caller, CONTACT_LIST, name)
    if found is None:
        shown = name[: limits.SES_SHOWN_CHARS]
        raise ServiceError("NotFoundException", f"List with name: {shown} doesn't exist.", 404)
    return found


def update_contact_list(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Description and topics are replaced, each where it is given."""
    found = named(tx, caller, request["ContactListName"])
    given = _content(request)
    content = {
        "description": given["description"] if "Description" in request else found.content["description"],
        "topics": given["topics"] if "Topics" in request else found.content["topics"],
    }
    changed = replace(found, content=content, updated_ms=tx.moment.epoch_ms)
    record_store.put(tx.connection, caller, CONTACT_LIST, changed)
    return {}


def get_contact_list(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = named(tx, caller, request["ContactListName"])
    description = found.content["description"]
    return {
        "ContactListName": found.name,
        "Topics": found.content["topics"],
        **({} if description is None else {"Description": description}),
        "CreatedTimestamp": found.created_ms / 1000,
        "LastUpdatedTimestamp": found.updated_ms / 1000,
        "Tags": tagging.shown(tx, _arn(caller, found.name)),
    }


def list_contact_lists(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    limit = page_size(request.get("PageSize"), limits.SES_PAGE_MAX, limits.SES_PAGE_MAX)
    rows = record_store.page(tx.connection, caller, CONTACT_LIST, request.get("NextToken") or "", limit + 1)
    shown = [{"ContactListName": row.name, "LastUpdatedTimestamp": row.updated_ms / 1000} for row in rows[:limit]]
    more = {"NextToken": rows[limit - 1].name} if len(rows) > limit else {}
    return {"ContactLists": shown, **more}


def delete_contact_list(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """With its contacts."""
    found = named(tx, caller, request["ContactListName"])
    contact_store.remove_all(tx.connection, caller, found.name)
    record_store.remove(tx.connection, caller, CONTACT_LIST, found.name)
    tags.delete_resource(tx.connection, _arn(caller, found.name))
    return {}
