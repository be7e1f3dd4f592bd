"""Data protection policies: what may be set, and the policy compiled for the messages of its topic. Pure.

    {"Name": .., "Version": "2021-06-01", "Configuration": {"CustomDataIdentifier": [{"Name": .., "Regex": ..}]},
     "Statement": [{"DataDirection": "Inbound", "Principal": ["*"], "DataIdentifier": [ARN or name, ..],
                    "Operation": {"Audit": ..} | {"Deidentify": ..} | {"Deny": {}}}]}

What this server could not do is refused by name when the policy is set [Developer Guide, "Message data protection"].
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine import jsontext, limits
from engine.access_policy import account_of
from engine.regex.pattern import Pattern, Spans
from engine.regex.syntax import Dialect, PatternError
from integrations.sns.audit_destinations import Audit, read_audit
from integrations.sns.data_identifiers import MANAGED, is_of_aws
from integrations.sns.protection_shape import members_of, wrong

VERSION = "2021-06-01"
INBOUND, OUTBOUND = "Inbound", "Outbound"
_ARN = re.compile(r"arn:aws[a-z-]*:dataprotection::aws:data-identifier/([A-Za-z0-9-]+)")
_CUSTOM_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MASKS = re.compile(r"[ -~]")
CUSTOM_IDENTIFIERS = Dialect(symbols="_#=@/;,- ", chars_max=limits.SNS_REGEX_CHARS_MAX)


@dataclass(frozen=True, slots=True)
class Deny:
    """The message is refused, or not delivered."""


@dataclass(frozen=True, slots=True)
class Deidentify:
    """`mask` stands for each character that was found; None: they are left out."""

    mask: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """`principals` None: everybody."""

    direction: str
    principals: frozenset[str] | None
    identifiers: Mapping[str, Any]  # by name: what has `spans`
    operation: Deny | Deidentify | Audit

    def is_for(self, account: str) -> bool:
        return self.principals is None or account in self.principals

    def found(self, text: str) -> dict[str, Spans]:
        """By identifier; those that find nothing are not there."""
        found = {name: identifier.spans(text) for name, identifier in self.identifiers.items()}
        return {name: spans for name, spans in found.items() if spans}


@dataclass(frozen=True, slots=True)
class Protection:
    """A policy, compiled."""

    inbound: tuple[Statement, ...]
    outbound: tuple[Statement, ...]


def read_protection(text: str) -> Protection:
    """Raises InvalidParameter."""
    if len(text) > limits.SNS_PROTECTION_POLICY_CHARS_MAX:
        raise wrong(f"the policy is longer than {limits.SNS_PROTECTION_POLICY_CHARS_MAX} characters")
    try:
        policy = jsontext.loads(text)
    except jsontext.JsonError:
        raise wrong("the policy is no JSON") from None
    members = members_of("the policy", policy, {"Name", "Version", "Statement"}, {"Description", "Configuration"})
    for name in ("Name", "Description"):
        if not isinstance(members.get(name, "-"), str) or not members.get(name, "-"):
            raise wrong(f"{name} must be a text that is not empty")
    if members["Version"] != VERSION:
        raise wrong(f"Version must be {VERSION}")
    if not isinstance(members["Statement"], list) or not members["Statement"]:
        raise wrong("Statement must be a list with one statement at least")
    custom = _custom(members.get("Configuration", {}))
    statements = [_statement(f"Statement[{at}]", one, custom) for at, one in enumerate(members["Statement"])]
    _check_together(members["Statement"], statements)
    return Protection(
        tuple(one for one in statements if one.direction == INBOUND),
        tuple(one for one in statements if one.direction == OUTBOUND),
    )


# What topics say stays the same over many messages. Patterns remember what they have seen: for the writer's thread.
compiled = lru_cache(limits.SNS_TOPICS_REMEMBERED_MAX)(read_protection)


def _custom(configuration: Any) -> dict[str, Pattern]:
    given = members_of("Configuration", configuration, (), {"CustomDataIdentifier"}).get("CustomDataIdentifier", [])
    if not isinstance(given, list) or len(given) > limits.SNS_CUSTOM_IDENTIFIERS_MAX:
        raise wrong(f"CustomDataIdentifier must be a list of at most {limits.SNS_CUSTOM_IDENTIFIERS_MAX}")
    found: dict[str, Pattern] = {}
    for one in given:
        members = members_of("CustomDataIdentifier", one, {"Name", "Regex"})
        name, regex = members["Name"], members["Regex"]
        if not isinstance(name, str) or _CUSTOM_NAME.fullmatch(name) is None or name in found or is_of_aws(name):
            raise wrong(
                f"the Name {name!r} of a custom data identifier must be 1 to 128 letters, digits, _ and -, and no "
                "other identifier's"
            )
        if not isinstance(regex, str):
            raise wrong(f"the Regex of {name} must be a text")
        try:
            found[name] = Pattern(regex, CUSTOM_IDENTIFIERS)
        except PatternError as error:
            raise wrong(f"the Regex of {name} {error}") from None
    return found


def _statement(place: str, given: Any, custom: Mapping[str, Pattern]) -> Statement:
    members = members_of(place, given, {"DataDirection", "Principal", "DataIdentifier", "Operation"}, {"Sid"})
    direction, sid = members["DataDirection"], members.get("Sid", "-")
    if direction not in (INBOUND, OUTBOUND):
        raise wrong(f"{place}.DataDirection must be {INBOUND} or {OUTBOUND}")
    if not isinstance(sid, str) or not sid:
        raise wrong(f"{place}.Sid must be a text that is not empty")
    identifiers = members["DataIdentifier"]
    if not isinstance(identifiers, list) or not identifiers:
        raise wrong(f"{place}.DataIdentifier must be a list with one identifier at least")
    return Statement(
        direction,
        _principals(place, members["Principal"]),
        dict(_identifier(place, name, custom) for name in identifiers),
        _operation(f"{place}.Operation", members["Operation"]),
    )


def _principals(place: str, given: Any) -> frozenset[str] | None:
    """The accounts that are meant, as in access policies."""
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not names:
        raise wrong(f'{place}.Principal must be a list of ARNs of IAM, or ["*"]')
    for name in names:
        if not isinstance(name, str) or (name != "*" and re.fullmatch(r"[0-9]{12}", account_of(name)) is None):
            raise wrong(f"{place}.Principal {name!r} is no principal")
    return None if "*" in names else frozenset(account_of(name) for name in names)


def _identifier(place: str, given: Any, custom: Mapping[str, Pattern]) -> tuple[str, Any]:
    if isinstance(given, str) and given in custom:
        return given, custom[given]
    found = _ARN.fullmatch(given) if isinstance(given, str) else None
    if found is None or not is_of_aws(found[1]):
        raise wrong(f"{place}.DataIdentifier {given!r} is no data identifier")
    name = found[1]
    if name not in MANAGED:
        raise wrong(
            f"{place}.DataIdentifier {name} is not supported by this server, which finds {', '.join(sorted(MANAGED))} "
            "and custom data identifiers"
        )
    return name, MANAGED[name]


def _operation(place: str, given: Any) -> Deny | Deidentify | Audit:
    operation = members_of(place, given, (), {"Audit", "Deidentify", "Deny"})
    if len(operation) != 1:
        raise wrong(f"{place} must be one of Audit, Deidentify and Deny")
    [(name, value)] = operation.items()
    if name == "Audit":
        return read_audit(place, value)
    if name == "Deny":
        members_of(f"{place}.Deny", value)
        return Deny()
    return _deidentify(f"{place}.Deidentify", value)


def _deidentify(place: str, given: Any) -> Deidentify:
    members = members_of(place, given, (), {"MaskConfig", "RedactConfig"})
    if len(members) != 1:
        raise wrong(f"{place} must have one of MaskConfig and RedactConfig")
    if "RedactConfig" in members:
        members_of(f"{place}.RedactConfig", members["RedactConfig"])
        return Deidentify(None)
    mask = members_of(f"{place}.MaskConfig", members["MaskConfig"], {"MaskWithCharacter"})["MaskWithCharacter"]
    if not isinstance(mask, str) or _MASKS.fullmatch(mask) is None:
        raise wrong(f"{place}.MaskConfig.MaskWithCharacter must be one printable ASCII character")
    return Deidentify(mask)


def _check_together(given: list[dict[str, Any]], statements: list[Statement]) -> None:
    sids = [one["Sid"] for one in given if "Sid" in one]
    if len(sids) != len(set(sids)):
        raise wrong("each Sid must be unique")
    audits = [one for one in statements if isinstance(one.operation, Audit)]
    if len(audits) > 1:
        raise wrong("only one statement may have the Audit operation")
    if any(one.direction != INBOUND for one in audits):
        raise wrong(f"the Audit operation needs the DataDirection {INBOUND}")
