"""Tags of identities, configuration sets, pools, contact lists and templates (v2)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.store import tags
from engine.store.freetext import stored
from integrations.ses.errors import invalid
from integrations.ses.events import configuration_set_store
from integrations.ses.identities import identity_store
from integrations.ses.records import record_store
from integrations.ses.sending import template_store

_KEY = re.compile(r"(?!aws:)[\w\s_.:/=+\-@]{1,128}", re.IGNORECASE)
_VALUE = re.compile(r"[\w\s_.:/=+\-@]{0,256}")
_ARN = re.compile(r"(?P<owner>arn:aws[a-z-]*:ses:[a-z0-9-]+:[0-9]{12}):(?P<kind>[a-z-]+)/(?P<name>.+)")


def _record(kind: str) -> Callable[[Connection, Caller, str], bool]:
    return lambda connection, caller, name: record_store.find(connection, caller, kind, name) is not None


# the kind in the ARN -> whether there is one of that name
_KINDS: Mapping[str, Callable[[Connection, Caller, str], bool]] = {
    "identity": lambda connection, caller, name: bool(identity_store.named(connection, caller, [stored(name)])),
    "configuration-set": lambda connection, caller, name: (
        configuration_set_store.find(connection, caller, name) is not None
    ),
    "template": lambda connection, caller, name: template_store.find(connection, caller, name) is not None,
    "contact-list": _record(record_store.CONTACT_LIST),
    "dedicated-ip-pool": _record(record_store.POOL),
    "custom-verification-email-template": _record(record_store.VERIFICATION_TEMPLATE),
}


def tags_given(given: Sequence[Mapping[str, str]] | None) -> list[tuple[str, str]]:
    """The pairs of a request. Raises ServiceError."""
    pairs = [(one["Key"], one["Value"]) for one in given or ()]
    if len({key for key, _ in pairs}) < len(pairs):
        raise invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for key, value in pairs:
        if _KEY.fullmatch(key) is None:
            raise invalid(f"The tag key {key[: limits.SES_SHOWN_CHARS]} is not valid.")
        if _VALUE.fullmatch(value) is None:
            raise invalid(f"The value of the tag {key} is not valid.")
    if len(pairs) > limits.SES_RESOURCE_TAGS_MAX:
        raise _too_many()
    return pairs


def _too_many() -> ServiceError:
    return invalid(f"A resource has at most {limits.SES_RESOURCE_TAGS_MAX} tags.")


def put_new(tx: Transaction, arn: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Of a resource that has just been made."""
    tags.put_many(tx.connection, arn, pairs)


def shown(tx: Transaction, arn: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.of_resource(tx.connection, arn)]


# ---- the operations ----


def tag_resource(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    arn, pairs = _existing(tx, caller, request), tags_given(request["Tags"])
    known = {key for key, _ in tags.of_resource(tx.connection, arn)}
    if len(known | {key for key, _ in pairs}) > limits.SES_RESOURCE_TAGS_MAX:
        raise _too_many()
    tags.put_many(tx.connection, arn, pairs)
    return {}


def untag_resource(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    tags.remove(tx.connection, _existing(tx, caller, request), request["TagKeys"])
    return {}


def list_tags_for_resource(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": shown(tx, _existing(tx, caller, request))}


def _existing(tx: Transaction, caller: Caller, request: dict[str, Any]) -> str:
    """The ARN of a request, which names something that is there. Raises ServiceError."""
    arn = request["ResourceArn"]
    parts = _ARN.fullmatch(arn)
    named = arn[: limits.SES_SHOWN_CHARS]
    if parts is None or parts["owner"] != caller.arn("ses", "").removesuffix(":"):
        raise invalid(f"{named} is not the ARN of a resource of account {caller.account} in region {caller.region}.")
    there = _KINDS.get(parts["kind"])
    if there is None:
        raise invalid(f"Resources of the kind {parts['kind']} have no tags; these have: {', '.join(_KINDS)}.")
    if not there(tx.connection, caller, parts["name"]):
        raise ServiceError("NotFoundException", f"The resource {named} does not exist.", 404)
    return stored(arn)
