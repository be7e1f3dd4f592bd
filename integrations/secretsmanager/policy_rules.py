"""Resource policies of secrets: their syntax, whether they are public, and whom of other accounts they let in. Pure.

Callers of the secret's own account are not judged by it. A caller of another account counts as its account's root; a
statement with conditions lets nobody in (what it asks for is not known here) and, if it denies, denies.
"""

import fnmatch
import re
from collections.abc import Iterable
from typing import Any

import orjson

from engine.errors import ServiceError

UNSUPPORTED_PRINCIPAL = "This resource policy contains an unsupported principal."
_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_KEYS = {"Version", "Id", "Statement"}
_STATEMENT_KEYS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_ACTION = re.compile(r"\*|[A-Za-z0-9\-]+:[A-Za-z0-9*?]+")
# Conditions that bound who may be meant by a principal `*`, where their values name somebody.
_NARROWING = {
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount",
    "aws:sourcearn", "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "aws:vpcsourceip",
    "aws:calledvia", "aws:sourceorgid", "aws:viaawsservice",
}  # fmt: skip


def read_policy(text: str) -> list[dict[str, Any]]:
    """Its statements. Raises MalformedPolicyDocumentException."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict):
        raise malformed("This policy contains invalid Json")
    if unknown := sorted(set(document) - _DOCUMENT_KEYS):
        raise malformed(f"Syntax errors in policy: unknown field {unknown[0]}")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise malformed("Syntax errors in policy: Version must be 2012-10-17 or 2008-10-17")
    statements = document.get("Statement")
    found = [statements] if isinstance(statements, dict) else statements
    if not isinstance(found, list) or not found:
        raise malformed("Syntax errors in policy: it has no Statement")
    for statement in found:
        _check_statement(statement)
    return found


def malformed(message: str) -> ServiceError:
    return ServiceError("MalformedPolicyDocumentException", message)


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise malformed("Syntax errors in policy: a Statement must be an object")
    if unknown := sorted(set(statement) - _STATEMENT_KEYS):
        raise malformed(f"Syntax errors in policy: unknown field {unknown[0]}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise malformed("Syntax errors in policy: Effect must be Allow or Deny")
    for one, other in (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")):
        if (one in statement) == (other in statement):
            raise malformed(f"Syntax errors in policy: a Statement needs exactly one of {one} and {other}")
    if not all(_ACTION.fullmatch(action) for action in _texts(statement.get("Action", statement.get("NotAction")))):
        raise malformed("Syntax errors in policy: an Action is SERVICE:NAME")
    list(_texts(statement.get("Resource", statement.get("NotResource"))))
    principals(statement.get("Principal", statement.get("NotPrincipal")))
    if not isinstance(statement.get("Condition", {}), dict):
        raise malformed("Syntax errors in policy: Condition must be an object")


def principals(value: Any) -> list[tuple[str, str]]:
    """(kind, name) of each: ("AWS", "123456789012"). Raises MalformedPolicyDocumentException."""
    if value == "*":
        return [("AWS", "*")]
    if not isinstance(value, dict) or not value:
        raise malformed(UNSUPPORTED_PRINCIPAL)
    found = []
    for kind, names in value.items():
        if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
            raise malformed(UNSUPPORTED_PRINCIPAL)
        found += [(kind, name) for name in _texts(names)]
    return found


def _texts(value: Any) -> Iterable[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise malformed("Syntax errors in policy: expected a text or a list of texts")
    return texts


def is_public(statement: dict[str, Any]) -> bool:
    """Whether a statement gives broad access: to every principal, and no condition narrows that down."""
    if statement["Effect"] != "Allow":
        return False
    if "NotPrincipal" in statement:
        return True
    if not any("*" in name for kind, name in principals(statement["Principal"]) if kind in ("AWS", "Federated")):
        return False
    return not _narrows(statement.get("Condition", {}))


def _narrows(condition: dict[str, Any]) -> bool:
    for operator, keys in condition.items():
        if not isinstance(keys, dict) or operator.endswith("IfExists") or "Not" in operator:
            continue
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            if key.lower() in _NARROWING and listed and not any(value in ("*", "0.0.0.0/0") for value in listed):
                return True
    return False


def allows(policy: str, account: str, action: str, arn: str) -> bool:
    """Whether a policy lets another account do something with the secret."""
    allowed = False
    for statement in read_policy(policy):
        if not _applies(statement, account, action, arn):
            continue
        if statement["Effect"] == "Deny":
            return False
        allowed = allowed or not statement.get("Condition")
    return allowed


def _applies(statement: dict[str, Any], account: str, action: str, arn: str) -> bool:
    """Whether a statement speaks of this caller, action and secret."""
    named = any(
        kind == "AWS" and _is_account(name, account)
        for kind, name in principals(statement.get("Principal", statement.get("NotPrincipal")))
    )
    if named != ("Principal" in statement):
        return False
    full = f"secretsmanager:{action}".lower()
    acts = any(
        fnmatch.fnmatchcase(full, wanted.lower())
        for wanted in _texts(statement.get("Action", statement.get("NotAction")))
    )
    if acts != ("Action" in statement):
        return False
    concerns = any(
        fnmatch.fnmatchcase(arn, wanted) for wanted in _texts(statement.get("Resource", statement.get("NotResource")))
    )
    return concerns == ("Resource" in statement)


def _is_account(name: str, account: str) -> bool:
    """Whether a principal means an account: `*`, its number, or the ARN of its root."""
    if name in ("*", account):
        return True
    parts = name.split(":", 5)
    return len(parts) == 6 and parts[4] == account and parts[5] == "root"
