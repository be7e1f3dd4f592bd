"""Access policies of queues: what AddPermission writes, and whether a policy lets another account call. Pure.

The owner of a queue needs no policy. Another account may do what a statement allows and none denies
(engine.access_policy).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine import limits
from engine.access_policy import Principal, decision, is_operator, listed
from engine.contract import Caller
from engine.jsontext import JsonError, dumps, loads, size_bytes
from integrations.sqs.errors import invalid_attribute, invalid_parameter, invalid_value, over_limit

VERSION = "2008-10-17"  # of what AddPermission makes
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ACCOUNT = re.compile(r"[0-9]{12}")
# What may be given to others by AddPermission; each stands for its batch form too.
_ACTIONS = frozenset(
    {
        "*",
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
    }
)

Policy = dict[str, Any]


def read_policy(text: str) -> Policy:
    """A Policy attribute. Raises InvalidAttributeValue."""
    if size_bytes(text) > limits.SQS_POLICY_BYTES_MAX:
        raise invalid_attribute("Policy", f"A policy has at most {limits.SQS_POLICY_BYTES_MAX} bytes.")
    try:
        policy = loads(text)
    except JsonError:
        raise invalid_attribute("Policy") from None
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if isinstance(statements, dict):
        policy["Statement"] = statements = [statements]
    if not isinstance(statements, list) or not statements or not all(map(_is_statement, statements)):
        raise invalid_attribute("Policy")
    return dict(policy)


def _is_statement(statement: Any) -> bool:
    return (
        isinstance(statement, dict)
        and statement.get("Effect") in ("Allow", "Deny")
        and all(_has(statement, name) for name in ("Action", "Principal", "Resource"))
        and _are_conditions(statement.get("Condition", {}))
    )


def _has(statement: Mapping[str, Any], name: str) -> bool:
    """An element or its Not form: a text or texts, of principals by their kinds."""
    value = statement.get(name, statement.get(f"Not{name}"))
    if name == "Principal" and isinstance(value, dict):
        return bool(value) and all(_are_texts(names) for names in value.values())
    return _are_texts(value) if name != "Principal" else value == "*"


def _are_texts(value: Any) -> bool:
    texts = listed(value)
    return bool(texts) and all(isinstance(text, str) for text in texts)


def _are_conditions(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(keys, dict) and is_operator(operator) for operator, keys in given.items()
    )


def with_permission(text: str | None, arn: str, label: str, accounts: Sequence[str], actions: Sequence[str]) -> str:
    """AddPermission: the policy with one more statement."""
    if _LABEL.fullmatch(label) is None:
        reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise invalid_parameter(label, "Label", reason)
    policy: Policy = {"Version": VERSION, "Id": f"{arn}/SQSDefaultPolicy", "Statement": []}
    if text is not None:
        policy = read_policy(text)
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise invalid_parameter(label, "Label", "Already exists.")
    if len(policy["Statement"]) >= limits.SQS_POLICY_STATEMENTS_MAX:
        raise over_limit(f"A policy has at most {limits.SQS_POLICY_STATEMENTS_MAX} statements.")
    policy["Statement"].append(_statement(arn, label, accounts, actions))
    return dumps(policy)


def _statement(arn: str, label: str, accounts: Sequence[str], actions: Sequence[str]) -> dict[str, Any]:
    for account in accounts:
        if _ACCOUNT.fullmatch(account) is None:
            raise invalid_parameter(f"[{account}]", "PrincipalId", "Unable to verify.")
    for action in actions:
        if action not in _ACTIONS:
            owner_only = "Only the queue owner is allowed to invoke this action."
            raise invalid_parameter(f"SQS:{action}", "ActionName", owner_only)
    if len(actions) > limits.SQS_PERMISSION_ACTIONS_MAX:
        text = f"{len(actions)} Actions were found, maximum allowed is {limits.SQS_PERMISSION_ACTIONS_MAX}."
        raise over_limit(text)
    if not actions:
        raise invalid_value("The request must contain the parameter Actions.")
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    names = [f"SQS:{action}" for action in actions]
    return {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": names[0] if len(names) == 1 else names,
        "Resource": arn,
    }


def without_permission(text: str | None, label: str) -> str:
    """RemovePermission: the policy without a statement; empty where that was the last one."""
    policy: Policy = {"Statement": []} if text is None else read_policy(text)
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
    if len(kept) == len(policy["Statement"]):
        raise invalid_parameter(label, "Label", "can't find label on existing policy.")
    return dumps({**policy, "Statement": kept}) if kept else ""


def allows(text: str | None, caller: Caller, action: str, arn: str) -> bool:
    """Whether a caller of another account may call an operation of the queue."""
    if text is None:
        return False
    who, asked = Principal(account=caller.account), f"sqs:{action.removesuffix('Batch')}"
    return decision(text, who, asked, arn, _context(caller)) is True


def _context(caller: Caller) -> dict[str, str]:
    """What conditions can ask of the caller."""
    return {
        "aws:principalaccount": caller.account,
        "aws:principalarn": f"arn:{caller.partition}:iam::{caller.account}:root",
        "aws:principaltype": "Account",
        "aws:requestedregion": caller.region,
    }
