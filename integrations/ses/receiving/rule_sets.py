"""The operations on receipt rule sets. At most one of an account and region is active."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.receiving import rule_store as store
from integrations.ses.receiving.rule_store import RuleSet
from integrations.ses.receiving.rules import checked_name

Request = dict[str, Any]


def existing(tx: Transaction, caller: Caller, name: str) -> RuleSet:
    """Raises ServiceError."""
    found = store.find(tx.connection, caller, name)
    if found is None:
        raise no_rule_set(name)
    return found


def no_rule_set(name: str) -> ServiceError:
    shown = name[: limits.SES_SHOWN_CHARS]
    return ServiceError("RuleSetDoesNotExistException", f"Rule set does not exist: {shown}", fields={"Name": shown})


def already_exists(what: str, name: str) -> ServiceError:
    return ServiceError("AlreadyExistsException", f"{what} already exists: {name}", fields={"Name": name})


def create_receipt_rule_set(tx: Transaction, caller: Caller, request: Request) -> Request:
    _add(tx, caller, request["RuleSetName"], [])
    return {}


def clone_receipt_rule_set(tx: Transaction, caller: Caller, request: Request) -> Request:
    original = existing(tx, caller, request["OriginalRuleSetName"])
    _add(tx, caller, request["RuleSetName"], original.rules)
    return {}


def _add(tx: Transaction, caller: Caller, name: str, rules: list[dict[str, Any]]) -> None:
    checked_name(name, "rule set")
    if store.find(tx.connection, caller, name) is not None:
        raise already_exists("Rule set", name)
    if store.count(tx.connection, caller) >= limits.SES_RULE_SETS_MAX:
        text = f"Maximum number of receipt rule sets exceeded: {limits.SES_RULE_SETS_MAX}"
        raise ServiceError("LimitExceededException", text)
    store.add(tx.connection, caller, name, rules, tx.moment.epoch_ms)


def delete_receipt_rule_set(tx: Transaction, caller: Caller, request: Request) -> Request:
    """With its rules; one that is not there is no error."""
    name = request["RuleSetName"]
    found = store.find(tx.connection, caller, name)
    if found is not None and found.active:
        raise ServiceError("CannotDeleteException", f"Cannot delete active rule set: {name}", fields={"Name": name})
    store.remove(tx.connection, caller, name)
    return {}


def describe_receipt_rule_set(tx: Transaction, caller: Caller, request: Request) -> Request:
    return _shown(existing(tx, caller, request["RuleSetName"]))


def describe_active_receipt_rule_set(tx: Transaction, caller: Caller, request: Request) -> Request:
    """Nothing where none is active."""
    found = store.active(tx.connection, caller)
    return {} if found is None else _shown(found)


def _shown(found: RuleSet) -> Request:
    return {"Metadata": _metadata(found.name, found.created_ms), "Rules": found.rules}


def _metadata(name: str, created_ms: int) -> Request:
    return {"Name": name, "CreatedTimestamp": created_ms / 1000}


def list_receipt_rule_sets(tx: Transaction, caller: Caller, request: Request) -> Request:
    """The next page begins behind the name that is the token."""
    rows = store.page(tx.connection, caller, request.get("NextToken") or "", limits.SES_RULE_SETS_PAGE + 1)
    shown = rows[: limits.SES_RULE_SETS_PAGE]
    more = {"NextToken": shown[-1][0]} if len(rows) > len(shown) else {}
    return {"RuleSets": [_metadata(*row) for row in shown], **more}


def set_active_receipt_rule_set(tx: Transaction, caller: Caller, request: Request) -> Request:
    name = request.get("RuleSetName")
    if name is not None:
        existing(tx, caller, name)
    store.activate(tx.connection, caller, name)
    return {}


def reorder_receipt_rule_set(tx: Transaction, caller: Caller, request: Request) -> Request:
    """The names are those of all its rules, each once."""
    found = existing(tx, caller, request["RuleSetName"])
    names, by_name = list(request["RuleNames"]), {rule["Name"]: rule for rule in found.rules}
    for name in names:
        if name not in by_name:
            raise no_rule(name)
    if sorted(names) != sorted(by_name):
        raise ServiceError("InvalidParameterValue", "The names of all rules of the rule set are needed, each once")
    store.put_rules(tx.connection, caller, found.with_rules([by_name[name] for name in names]))
    return {}


def no_rule(name: str) -> ServiceError:
    shown = name[: limits.SES_SHOWN_CHARS]
    return ServiceError("RuleDoesNotExistException", f"Rule does not exist: {shown}", fields={"Name": shown})
