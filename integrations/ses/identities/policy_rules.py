"""Sending authorization: which policies of identities may be kept, and whether they let a mail be sent. Pure.

What cannot be evaluated here is refused when it is put: a condition on `aws:SourceIp`, say, which no caller carries.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from engine import jsontext, limits
from engine.access_policy import Context, Principal, decision, is_operator, like, listed
from engine.errors import ServiceError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ACTIONS = ("SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail", "SendBounce", "SendBulkEmail")
_KEYS = frozenset(
    "ses:fromaddress ses:recipients ses:fromdisplayname ses:feedbackaddress aws:currenttime aws:epochtime "
    "aws:principalaccount aws:principalarn aws:principaltype aws:requestedregion aws:sourceaccount".split()
)
_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)


def _wrong(why: str) -> ServiceError:
    return ServiceError("InvalidPolicyException", f"Invalid policy: {why}")


def check_name(name: str) -> None:
    """Raises ServiceError InvalidPolicyException."""
    if _NAME.fullmatch(name) is None:
        raise _wrong("its name has 1 to 64 letters, digits, dashes and underscores")


def check_policy(text: str, identity_arn: str) -> None:
    """Raises ServiceError InvalidPolicyException."""
    if len(text.encode("utf-8", "replace")) > limits.SES_POLICY_BYTES_MAX:
        raise _wrong(f"it is longer than {limits.SES_POLICY_BYTES_MAX} bytes")
    try:
        policy = jsontext.loads(text)
    except jsontext.JsonError:
        raise _wrong("it is no JSON document") from None
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), list | dict):
        raise _wrong("it has no Statement")
    if unknown := set(policy) - {"Version", "Id", "Statement"}:
        raise _wrong(f"it has unknown elements: {', '.join(sorted(unknown))}")
    if policy.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise _wrong("its Version must be 2012-10-17 or 2008-10-17")
    statements = listed(policy["Statement"])
    if not 0 < len(statements) <= limits.SES_POLICY_STATEMENTS_MAX:
        raise _wrong(f"it must have 1 to {limits.SES_POLICY_STATEMENTS_MAX} statements")
    for statement in statements:
        _check_statement(statement, identity_arn)


def _check_statement(statement: Any, identity_arn: str) -> None:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise _wrong("a statement's Effect must be Allow or Deny")
    if unknown := set(statement) - _ELEMENTS:
        raise _wrong(f"a statement has unknown elements: {', '.join(sorted(unknown))}")
    for element in ("Principal", "Action", "Resource"):
        if (element in statement) == (f"Not{element}" in statement):
            raise _wrong(f"a statement must have one of {element} and Not{element}")
    _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
    _check_listed(statement.get("Action", statement.get("NotAction")), "Action", _is_action)
    _check_listed(
        statement.get("Resource", statement.get("NotResource")), "Resource", lambda text: like(text, identity_arn)
    )
    _check_conditions(statement.get("Condition", {}))


def _check_principal(given: Any) -> None:
    if given == "*":
        return
    kinds = set(given) if isinstance(given, dict) else set()
    if not kinds or not kinds <= {"AWS", "Service"}:
        raise _wrong('a Principal must be "*" or name accounts under AWS, or services under Service')
    for kind in kinds:
        _check_listed(given[kind], "Principal", bool)


def _check_listed(given: Any, element: str, holds: Any) -> None:
    values = listed(given)
    if not values or not all(isinstance(value, str) and holds(value) for value in values):
        raise _wrong(f"a statement's {element} is not one of this identity's")


def _is_action(text: str) -> bool:
    return any(like(text, f"ses:{name}", ignore_case=True) for name in _ACTIONS)


def _check_conditions(given: Any) -> None:
    if not isinstance(given, dict) or not all(isinstance(keys, dict) for keys in given.values()):
        raise _wrong("a Condition must have the form {operator: {key: value}}")
    for operator, keys in given.items():
        if not is_operator(operator):
            raise _wrong(f"the condition operator {operator[: limits.SES_SHOWN_CHARS]} is not known")
        for key in keys:
            if key.lower() not in _KEYS:
                raise _wrong(f"the condition key {key[: limits.SES_SHOWN_CHARS]} is not supported by this server")


# ---- whether a mail may be sent ----


@dataclass(frozen=True, slots=True)
class Request:
    """A mail that somebody wants to send. `source` as it is written, with the name before the address."""

    account: str
    partition: str
    region: str
    action: str
    source: str
    recipients: Sequence[str]
    feedback: str
    now: str
    epoch_seconds: int


def said(documents: Iterable[str], request: Request, identity_arn: str) -> bool | None:
    """True: a policy allows it; False: one denies it; None: none speaks of it."""
    found = [
        decision(document, Principal(request.account), f"ses:{request.action}", identity_arn, _context(request))
        for document in documents
    ]
    return False if False in found else (True if True in found else None)


def _context(request: Request) -> Context:
    name, address = parseaddr(request.source)
    values: Mapping[str, str | Sequence[str]] = {
        "ses:fromaddress": address,
        "ses:fromdisplayname": name,
        "ses:recipients": request.recipients,
        "ses:feedbackaddress": request.feedback,
        "aws:currenttime": request.now,
        "aws:epochtime": str(request.epoch_seconds),
        "aws:principalaccount": request.account,
        "aws:sourceaccount": request.account,
        "aws:principalarn": f"arn:{request.partition}:iam::{request.account}:root",
        "aws:principaltype": "Account",
        "aws:requestedregion": request.region,
    }
    return {key: value for key, value in values.items() if value}
