"""Policies of identities: v1's operations and v2's."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.errors import invalid
from integrations.ses.identities import identities
from integrations.ses.identities import policy_store as store
from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.policy_rules import check_name, check_policy


def put_identity_policy(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = identities.existing(tx, caller, request["Identity"])
    _put(tx, caller, found, request)
    return {}


def _put(tx: Transaction, caller: Caller, identity: Identity, request: dict[str, Any]) -> None:
    """Raises ServiceError."""
    check_name(request["PolicyName"])
    check_policy(request["Policy"], caller.arn("ses", f"identity/{identity.name}"))
    known = store.of_identity(tx.connection, identity.id)
    if request["PolicyName"] not in known and len(known) >= limits.SES_POLICIES_MAX:
        raise ServiceError("LimitExceededException", f"An identity has at most {limits.SES_POLICIES_MAX} policies.")
    store.put(tx.connection, identity.id, request["PolicyName"], request["Policy"])


def list_identity_policies(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Of an identity that is not there none, as on AWS."""
    found = identities.find(tx, caller, request["Identity"])
    return {"PolicyNames": [] if found is None else list(store.of_identity(tx.connection, found.id))}


def get_identity_policies(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    if len(request["PolicyNames"]) > limits.SES_POLICIES_MAX:
        raise invalid(f"At most {limits.SES_POLICIES_MAX} policies can be asked for at once")
    found = identities.find(tx, caller, request["Identity"])
    known = {} if found is None else store.of_identity(tx.connection, found.id)
    return {"Policies": {name: known[name] for name in request["PolicyNames"] if name in known}}


def delete_identity_policy(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """One that is not there is no error."""
    if (found := identities.find(tx, caller, request["Identity"])) is not None:
        store.remove(tx.connection, found.id, request["PolicyName"])
    return {}


# ---- v2 ----


def create_email_identity_policy(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = identities.required(tx, caller, request)
    if request["PolicyName"] in store.of_identity(tx.connection, found.id):
        raise ServiceError("AlreadyExistsException", f"Policy {request['PolicyName']} already exists.")
    _put(tx, caller, found, request)
    return {}


def update_email_identity_policy(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = _with_policy(tx, caller, request)
    _put(tx, caller, found, request)
    return {}


def get_email_identity_policies(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {"Policies": store.of_identity(tx.connection, identities.required(tx, caller, request).id)}


def delete_email_identity_policy(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = _with_policy(tx, caller, request)
    store.remove(tx.connection, found.id, request["PolicyName"])
    return {}


def _with_policy(tx: Transaction, caller: Caller, request: dict[str, Any]) -> Identity:
    """Raises ServiceError where the identity, or its policy of that name, is not there."""
    found = identities.required(tx, caller, request)
    if request["PolicyName"] not in store.of_identity(tx.connection, found.id):
        shown = request["PolicyName"][: limits.SES_SHOWN_CHARS]
        raise ServiceError("NotFoundException", f"Policy {shown} does not exist for identity {found.name}.", 404)
    return found
