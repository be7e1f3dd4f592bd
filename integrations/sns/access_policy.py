"""Access policies of topics: the document that a topic begins with, what may be set, and who may do what by it.

A caller of the topic's own account may do all that no statement denies (who is who within an account is not this
server's business); a caller of another account, or a service, what a statement allows and none denies. Pure.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine import jsontext, limits
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

Context = Mapping[str, str]  # condition keys in lower case -> their value


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an account, or a service (`sns.amazonaws.com`)."""

    account: str | None = None
    service: str | None = None


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


def decision(policy: str, who: Principal, action: str, resource: str, context: Context) -> bool | None:
    """True: a statement allows it; False: one denies it; None: the policy says nothing."""
    allowed: bool | None = None
    for statement in _statements(policy):
        if not _applies(statement, who, action, resource, context):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


@lru_cache(maxsize=limits.SNS_TOPICS_REMEMBERED_MAX)
def _statements(policy: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(_listed(jsontext.loads(policy).get("Statement")))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _applies(statement: Mapping[str, Any], who: Principal, action: str, resource: str, context: Context) -> bool:
    return (
        _named(statement, "Principal", lambda given: _is_principal(given, who))
        and _named(statement, "Action", lambda given: _any_like(_listed(given), action, ignore_case=True))
        and _named(statement, "Resource", lambda given: _any_like(_listed(given), resource))
        and all(_holds(operator, keys, context) for operator, keys in (statement.get("Condition") or {}).items())
    )


def _named(statement: Mapping[str, Any], element: str, test: Callable[[Any], bool]) -> bool:
    """Of an element or its Not form."""
    if element in statement:
        return test(statement[element])
    return f"Not{element}" in statement and not test(statement[f"Not{element}"])


def _is_principal(given: Any, who: Principal) -> bool:
    if given == "*":
        return True
    if not isinstance(given, Mapping):
        return False
    accounts, services = _listed(given.get("AWS")), _listed(given.get("Service"))
    if who.service is not None:
        return "*" in accounts or any(_service(name) == who.service for name in services)
    return any(name == "*" or _account(name) == who.account for name in accounts)


def _account(name: str) -> str:
    """The account of a principal: the account itself, or the ARN of its root, a user or a role."""
    parts = name.split(":", 5)
    return parts[4] if len(parts) == 6 else name


def _service(name: str) -> str:
    """Without a region or a partition's suffix: `sns.us-east-1.amazonaws.com` is `sns.amazonaws.com`."""
    return f"{name.partition('.')[0]}.amazonaws.com"


# ---- conditions ----


def _any_like(patterns: Iterable[Any], text: str, ignore_case: bool = False) -> bool:
    return any(_like(str(pattern), text, ignore_case) for pattern in patterns)


def _like(pattern: str, text: str, ignore_case: bool = False) -> bool:
    """With `*` and `?`; each star first takes as little as it can, and only the last one is tried again."""
    if ignore_case:
        pattern, text = pattern.casefold(), text.casefold()
    at = place = 0
    star, after = -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, after = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[place]):
            at += 1
            place += 1
        elif star >= 0:
            after += 1
            at, place = star + 1, after
        else:
            return False
    return all(letter == "*" for letter in pattern[at:])


def _like_arn(pattern: str, text: str) -> bool:
    """Each of the six parts of an ARN on its own."""
    wanted, given = pattern.split(":", 5), text.split(":", 5)
    return len(wanted) == len(given) == 6 and all(_like(part, found) for part, found in zip(wanted, given, strict=True))


def _number(text: str) -> float:
    return float(text)


def _date(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()


def _in_network(network: str, text: str) -> bool:
    return ipaddress.ip_address(text) in ipaddress.ip_network(network, strict=False)


# operator -> (wanted, given) -> whether it holds; the Not forms are the others turned round
_CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda wanted, given: wanted == given,
    "stringequalsignorecase": lambda wanted, given: wanted.casefold() == given.casefold(),
    "stringlike": _like,
    "arnequals": _like_arn,
    "arnlike": _like_arn,
    "bool": lambda wanted, given: wanted.lower() == given.lower(),
    "ipaddress": _in_network,
    "numericequals": lambda wanted, given: _number(given) == _number(wanted),
    "numericlessthan": lambda wanted, given: _number(given) < _number(wanted),
    "numericlessthanequals": lambda wanted, given: _number(given) <= _number(wanted),
    "numericgreaterthan": lambda wanted, given: _number(given) > _number(wanted),
    "numericgreaterthanequals": lambda wanted, given: _number(given) >= _number(wanted),
    "dateequals": lambda wanted, given: _date(given) == _date(wanted),
    "datelessthan": lambda wanted, given: _date(given) < _date(wanted),
    "datelessthanequals": lambda wanted, given: _date(given) <= _date(wanted),
    "dategreaterthan": lambda wanted, given: _date(given) > _date(wanted),
    "dategreaterthanequals": lambda wanted, given: _date(given) >= _date(wanted),
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}


def _holds(operator: str, keys: Mapping[str, Any], context: Context) -> bool:
    name = operator.lower()
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists").removeprefix("forallvalues:").removeprefix("foranyvalue:")
    return all(_holds_for(name, if_exists, _listed(wanted), context.get(key.lower())) for key, wanted in keys.items())


def _holds_for(name: str, if_exists: bool, wanted: list[Any], given: str | None) -> bool:
    if name == "null":
        return any(str(found).lower() == ("true" if given is None else "false") for found in wanted)
    negated = name in _NEGATED
    if given is None:
        return if_exists or negated
    test = _CONDITIONS[_NEGATED.get(name, name)]
    try:
        found = any(test(str(value) if not isinstance(value, bool) else str(value).lower(), given) for value in wanted)
    except ValueError:
        return False  # what is no number, date or address does not match
    return found != negated


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
    statements = _listed(policy["Statement"])
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
    for resource in _listed(statement.get("Resource", statement.get("NotResource"))):
        if not isinstance(resource, str) or not _like(resource, topic_arn):
            raise _wrong("Policy statement resource must match the topic")
    _check_conditions(statement.get("Condition"))


def _check_principals(given: Any) -> None:
    if given == "*":
        return
    if not isinstance(given, dict) or not set(given) <= {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise _wrong("Policy statement principal is invalid")
    if "Federated" in given or "CanonicalUser" in given:
        raise _wrong("Policy statement principals of the kinds Federated and CanonicalUser are not supported")
    names = [name for kind in given.values() for name in _listed(kind)]
    if not 1 <= len(names) <= limits.SNS_POLICY_PRINCIPALS_MAX or not all(isinstance(name, str) for name in names):
        raise _wrong("Policy statement principals must be 1 to 200")
    for name in _listed(given.get("AWS")):
        if name != "*" and not re.fullmatch(r"[0-9]{12}", _account(name)):
            raise _wrong(f"PrincipalNotFound: {name}")


def _check_actions(given: Any) -> None:
    actions = _listed(given)
    for action in actions:
        if not isinstance(action, str) or not any(_like(action.lower(), known) for known in _KNOWN):
            raise _wrong("Policy statement action out of service scope!")
    if not actions:
        raise _wrong("Policy statement action out of service scope!")


def _check_conditions(given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, dict) or not all(isinstance(keys, dict) for keys in given.values()):
        raise _wrong("Policy statement condition is invalid")
    for operator in given:
        name = operator.lower().removesuffix("ifexists").removeprefix("forallvalues:").removeprefix("foranyvalue:")
        if name != "null" and name not in _CONDITIONS and name not in _NEGATED:
            raise _wrong(f"Policy statement condition operator is invalid: {operator}")


# ---- AddPermission, RemovePermission ----


def with_permission(policy: str, topic_arn: str, label: str, accounts: list[str], actions: list[str]) -> str:
    """Raises InvalidParameter."""
    if any(name not in ACTIONS for name in actions) or not actions:
        raise _wrong("Policy statement action out of service scope!")
    if not accounts or not all(re.fullmatch(r"[0-9]{12}", account) for account in accounts):
        raise _wrong("AWSAccountId")
    document = jsontext.loads(policy)
    statements = _listed(document["Statement"])
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
    left = [found for found in _listed(document["Statement"]) if found.get("Sid") != label]
    return jsontext.dumps({**document, "Statement": left})
