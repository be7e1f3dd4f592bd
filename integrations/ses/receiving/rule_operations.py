"""The operations on the rules of a receipt rule set: their order is that of the list."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.receiving import rule_store as store
from integrations.ses.receiving.rule_sets import already_exists, existing, no_rule
from integrations.ses.receiving.rules import checked
from integrations.ses.receiving.targets import check_targets

Request = dict[str, Any]
Rules = list[dict[str, Any]]


def create_receipt_rule(tx: Transaction, caller: Caller, request: Request) -> Request:
    """Behind the rule `After`, else before all others."""
    found = existing(tx, caller, request["RuleSetName"])
    rule = checked(request["Rule"])
    if any(one["Name"] == rule["Name"] for one in found.rules):
        raise already_exists("Rule", rule["Name"])
    if len(found.rules) >= limits.SES_RULES_MAX:
        raise ServiceError("LimitExceededException", f"A rule set has at most {limits.SES_RULES_MAX} rules.")
    at = _behind(found.rules, request.get("After"))
    check_targets(tx, caller, rule)
    store.put_rules(tx.connection, caller, found.with_rules([*found.rules[:at], rule, *found.rules[at:]]))
    return {}


def update_receipt_rule(tx: Transaction, caller: Caller, request: Request) -> Request:
    """The whole rule, in its place."""
    found = existing(tx, caller, request["RuleSetName"])
    rule = checked(request["Rule"])
    at = _place(found.rules, rule["Name"])
    check_targets(tx, caller, rule)
    store.put_rules(tx.connection, caller, found.with_rules([*found.rules[:at], rule, *found.rules[at + 1 :]]))
    return {}


def delete_receipt_rule(tx: Transaction, caller: Caller, request: Request) -> Request:
    """One that is not there is no error."""
    found = existing(tx, caller, request["RuleSetName"])
    kept = [rule for rule in found.rules if rule["Name"] != request["RuleName"]]
    store.put_rules(tx.connection, caller, found.with_rules(kept))
    return {}


def describe_receipt_rule(tx: Transaction, caller: Caller, request: Request) -> Request:
    found = existing(tx, caller, request["RuleSetName"])
    return {"Rule": found.rules[_place(found.rules, request["RuleName"])]}


def set_receipt_rule_position(tx: Transaction, caller: Caller, request: Request) -> Request:
    """Behind the rule `After`, else before all others; behind itself it stays."""
    found = existing(tx, caller, request["RuleSetName"])
    name, after = request["RuleName"], request.get("After")
    rule = found.rules[_place(found.rules, name)]
    if after == name:
        return {}
    others = [one for one in found.rules if one["Name"] != name]
    at = _behind(others, after)
    store.put_rules(tx.connection, caller, found.with_rules([*others[:at], rule, *others[at:]]))
    return {}


def _place(rules: Rules, name: str) -> int:
    """Raises ServiceError."""
    for at, rule in enumerate(rules):
        if rule["Name"] == name:
            return at
    raise no_rule(name)


def _behind(rules: Rules, after: str | None) -> int:
    return 0 if after is None else _place(rules, after) + 1
