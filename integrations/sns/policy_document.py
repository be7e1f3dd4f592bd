"""The documents of access policies: the one that a topic begins with, what may be set, AddPermission, RemovePermission.

What cannot be evaluated is refused when it is set. Pure.
"""

import re
from typing import Any

from engine import jsontext, limits
from engine.access_policy import account_of, is_operator, like, listed
from engine.errors import ServiceError
from integrations.sns.errors import invalid

# What a topic's policy can speak of, as AWS writes them; `Receive` is of old policies.
ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
_ALSO = (
    "Receive",
    "GetDataProtectionPolicy",
    "PutDataProtectionPolicy",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
)
_KNOWN = {f"sns:{name}".lower() for name in (*ACTIONS, *_ALSO)}


def default_policy(topic_arn: str, account: str) -> str:
    return jsontext.dumps(
        {
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [
                {
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [f"SNS:{name}" for name in ACTIONS],
                    "Resource": topic_arn,
                    "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
                }
            ],
        }
    )


# ---- what may be set ----


def check_policy(text: str, topic_arn: str) -> None:
    """Raises InvalidParameter."""
    if len(text.encode()) > limits.SNS_POLICY_BYTES_MAX:
        raise _wrong("Policy length exceeded")
    try:
        policy = jsontext.loads(text)
    except jsontext.JsonError:
        raise _wrong("Policy Error: null") from None
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), list | dict):
        raise _wrong("Policy Error: null")
    statements = listed(policy["Statement"])
    if len(statements) > limits.SNS_POLICY_STATEMENTS_MAX:
        raise _wrong("Policy statements exceeded")
    if policy.get("Version", "2012-10-17") not in ("2008-10-17", "2012-10-17"):
        raise _wrong("Policy version is invalid")
    sids = [found["Sid"] for found in statements if isinstance(found, dict) and found.get("Sid")]
    if len(sids) != len(set(sids)):
        raise _wrong("Policy statement ids must be unique")
    for statement in statements:
        _check_statement(statement, topic_arn)


def _wrong(reason: str) -> ServiceError:
    return invalid(reason)


_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)


def _check_statement(statement: Any, topic_arn: str) -> None:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise _wrong("Policy statement effect must be Allow or Deny")
    if unknown := set(statement) - _ELEMENTS:
        raise _wrong(f"Policy statement has unknown elements: {', '.join(sorted(unknown))}")
    for element in ("Principal", "Action", "Resource"):
        if (element in statement) == (f"Not{element}" in statement):
            raise _wrong(f"Policy statement must have one {element} or Not{element}")
    _check_principals(statement.get("Principal", statement.get("NotPrincipal")))
    _check_actions(statement.get("Action", statement.get("NotAction")))
    for resource in listed(statement.get("Resource", statement.get("NotResource"))):
        if not isinstance(resource, str) or not like(resource, topic_arn):
            raise _wrong("Policy statement resource must match the topic")
    _check_conditions(statement.get("Condition"))


def _check_principals(given: Any) -> None:
    if given == "*":
        return
    if not isinstance(given, dict) or not set(given) <= {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise _wrong("Policy statement principal is invalid")
    if "Federated" in given or "CanonicalUser" in given:
        raise _wrong("Policy statement principals of the kinds Federated and CanonicalUser are not supported")
    names = [name for kind in given.values() for name in listed(kind)]
    if not 1 <= len(names) <= limits.SNS_POLICY_PRINCIPALS_MAX or not all(isinstance(name, str) for name in names):
        raise _wrong("Policy statement principals must be 1 to 200")
    for name in listed(given.get("AWS")):
        if name != "*" and not re.fullmatch(r"[0-9]{12}", account_of(name)):
            raise _wrong(f"PrincipalNotFound: {name}")


def _check_actions(given: Any) -> None:
    actions = listed(given)
    for action in actions:
        if not isinstance(action, str) or not any(like(action.lower(), known) for known in _KNOWN):
            raise _wrong("Policy statement action out of service scope!")
    if not actions:
        raise _wrong("Policy statement action out of service scope!")


def _check_conditions(given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, dict) or not all(isinstance(keys, dict) for keys in given.values()):
        raise _wrong("Policy statement condition is invalid")
    for operator in given:
        if not is_operator(operator):
            raise _wrong(f"Policy statement condition operator is invalid: {operator}")


# ---- AddPermission, RemovePermission ----


def with_permission(policy: str, topic_arn: str, label: str, accounts: list[str], actions: list[str]) -> str:
    """Raises InvalidParameter."""
    if any(name not in ACTIONS for name in actions) or not actions:
        raise _wrong("Policy statement action out of service scope!")
    if not accounts or not all(re.fullmatch(r"[0-9]{12}", account) for account in accounts):
        raise _wrong("AWSAccountId")
    document = jsontext.loads(policy)
    statements = listed(document["Statement"])
    if any(found.get("Sid") == label for found in statements):
        raise _wrong("Statement already exists")
    principals = [f"arn:{topic_arn.split(':')[1]}:iam::{account}:root" for account in accounts]
    written = [f"SNS:{name}" for name in actions]
    statements = [
        *statements,
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
            "Action": written[0] if len(written) == 1 else written,
            "Resource": topic_arn,
        },
    ]
    text = jsontext.dumps({**document, "Statement": statements})
    check_policy(text, topic_arn)
    return text


def without_permission(policy: str, label: str) -> str:
    """Without the statement of that Sid; where there is none it stays as it is, as on AWS."""
    document = jsontext.loads(policy)
    left = [found for found in listed(document["Statement"]) if found.get("Sid") != label]
    return jsontext.dumps({**document, "Statement": left})
