"""Who may do what by an access policy of a resource (a topic, a queue, an identity of mail).

A caller of the resource's own account may do all that no statement denies (who is who within an account is not this
server's business); a caller of another account, or a service, what a statement allows and none denies. Pure.

A document is checked by its service before it is kept: here it is taken at its word.
"""

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine import jsontext, limits

Context = Mapping[str, str | Sequence[str]]  # condition keys in lower case -> their value, or all their values


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an account, or a service (`sns.amazonaws.com`)."""

    account: str | None = None
    service: str | None = None


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


@lru_cache(maxsize=limits.ACCESS_POLICIES_READ_MAX)
def _statements(policy: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(listed(jsontext.loads(policy).get("Statement")))


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _applies(statement: Mapping[str, Any], who: Principal, action: str, resource: str, context: Context) -> bool:
    return (
        _named(statement, "Principal", lambda given: _is_principal(given, who))
        and _named(statement, "Action", lambda given: _any_like(listed(given), action, ignore_case=True))
        and _named(statement, "Resource", lambda given: _any_like(listed(given), resource))
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
    accounts, services = listed(given.get("AWS")), listed(given.get("Service"))
    if who.service is not None:
        return "*" in accounts or any(_service(name) == who.service for name in services)
    return any(name == "*" or account_of(name) == who.account for name in accounts)


def account_of(name: str) -> str:
    """The account of a principal: the account itself, or the ARN of its root, a user or a role."""
    parts = name.split(":", 5)
    return parts[4] if len(parts) == 6 else name


def _service(name: str) -> str:
    """Without a region or a partition's suffix: `sns.us-east-1.amazonaws.com` is `sns.amazonaws.com`."""
    return f"{name.partition('.')[0]}.amazonaws.com"


# ---- conditions ----


def _any_like(patterns: Iterable[Any], text: str, ignore_case: bool = False) -> bool:
    return any(like(str(pattern), text, ignore_case) for pattern in patterns)


def like(pattern: str, text: str, ignore_case: bool = False) -> bool:
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
    return len(wanted) == len(given) == 6 and all(like(part, found) for part, found in zip(wanted, given, strict=True))


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
CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda wanted, given: wanted == given,
    "stringequalsignorecase": lambda wanted, given: wanted.casefold() == given.casefold(),
    "stringlike": like,
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
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}


_QUANTIFIERS = ("forallvalues:", "foranyvalue:")


def operator_of(text: str) -> tuple[str, str, bool]:
    """Of `ForAllValues:StringLikeIfExists`: `forallvalues:` or nothing, `stringlike`, whether IfExists."""
    name = text.lower()
    quantifier = next((prefix for prefix in _QUANTIFIERS if name.startswith(prefix)), "")
    plain = name.removeprefix(quantifier)
    return quantifier, plain.removesuffix("ifexists"), plain.endswith("ifexists")


def is_operator(text: str) -> bool:
    name = operator_of(text)[1]
    return name == "null" or name in CONDITIONS or name in NEGATED


def _holds(operator: str, keys: Mapping[str, Any], context: Context) -> bool:
    return all(_holds_for(operator, listed(wanted), context.get(key.lower())) for key, wanted in keys.items())


def _holds_for(operator: str, wanted: list[Any], given: str | Sequence[str] | None) -> bool:
    quantifier, name, if_exists = operator_of(operator)
    if name == "null":
        return any(str(found).lower() == ("true" if given is None else "false") for found in wanted)
    negated = name in NEGATED
    if given is None:
        return if_exists or negated or quantifier == "forallvalues:"
    values = [given] if isinstance(given, str) else given
    matches = [_matches(NEGATED.get(name, name), wanted, value) for value in values]
    if None in matches:
        return False  # what is no number, date or address does not match
    held = [match != negated for match in matches]
    every = quantifier == "forallvalues:" or (negated and not quantifier)
    return all(held) if every else any(held)


def _matches(name: str, wanted: list[Any], given: str) -> bool | None:
    """None: it cannot be compared."""
    test = CONDITIONS[name]
    try:
        return any(test(str(value) if not isinstance(value, bool) else str(value).lower(), given) for value in wanted)
    except ValueError:
        return None
