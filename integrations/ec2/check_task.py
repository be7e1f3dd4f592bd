"""`arn:aws:states:::statewright:securityGroups:check`, and the page behind `statewright sg check`.

    {"Source": "sg-..", "Destination": "eni-..", "Protocol": "tcp", "Port": 5432, "FailWhenDenied": true}
    -> {"allowed": true, "path": ["eni-..", "sg-..", "sg-..", "eni-.."], "rules": [...], "reason": "..."}

Denied, it gives `allowed: false` for a Choice to act on, or with FailWhenDenied the error SecurityGroups.Denied for a
Catch. What cannot be checked is an error named after EC2's code: SecurityGroups.InvalidGroup.NotFound.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from engine.contract import Call, Caller, PageAnswer, PageRequest, Transaction
from engine.errors import ServiceError, StateError
from engine.sdk.parameters import unusable_parameters
from integrations.ec2.checks import check, read_flow, reason, shown
from integrations.ec2.errors import invalid_value, missing
from integrations.ec2.store import Network

DENIED = "SecurityGroups.Denied"

# parameter -> the types that it may have, and how they are called
_PARAMETERS: Mapping[str, tuple[type, str]] = {
    "Source": (str, "a STRING"),
    "Destination": (str, "a STRING"),
    "Protocol": (str, "a STRING"),
    "Port": (int, "a NUMBER"),
    "IcmpType": (int, "a NUMBER"),
    "IcmpCode": (int, "a NUMBER"),
    "IpAddressType": (str, "a STRING"),
    "FailWhenDenied": (bool, "a BOOLEAN"),
}
_FAMILIES: Mapping[str, int] = {"ipv4": 4, "ipv6": 6}
_REQUIRED = ("Source", "Destination")


def check_task(tx: Transaction, caller: Caller, call: Call) -> Any:
    given = _parameters(call.parameters)
    try:
        flow = read_flow(given.get("Protocol"), given.get("Port"), given.get("IcmpType"), given.get("IcmpCode"))
        family = _family(given.get("IpAddressType"))
        verdict = check(Network(tx, caller), given["Source"], given["Destination"], flow, family)
    except ServiceError as error:
        raise StateError(f"SecurityGroups.{error.code}", error.message) from None
    if given.get("FailWhenDenied") and not verdict.allowed:
        raise StateError(DENIED, reason(verdict))
    return shown(verdict)


def _parameters(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise unusable_parameters(given, ["The Parameters must be a JSON object"])
    complaints = [f"The field '{name}' is not supported by Step Functions" for name in given if name not in _PARAMETERS]
    complaints += [f"The field '{name}' is required but was missing" for name in _REQUIRED if given.get(name) is None]
    read: dict[str, Any] = {}
    for name, (kind, noun) in _PARAMETERS.items():
        value = given.get(name)
        if type(value) is float and value.is_integer():
            value = int(value)
        if value is not None and type(value) is not kind:
            complaints.append(f"The value for the field '{name}' must be {noun}")
        elif value is not None:
            read[name] = value
    if complaints:
        raise unusable_parameters(given, complaints)
    return read


def check_page(tx: Transaction, caller: Caller, request: PageRequest) -> PageAnswer:
    """GET /_statewright/security-groups/check?source=..&destination=..&protocol=..&port=..&addresses=.."""
    query = request.query
    for name in ("source", "destination"):
        if not query.get(name):
            raise missing(name)
    flow = read_flow(query.get("protocol"), _number(query, "port"), _number(query, "type"), _number(query, "code"))
    family = _family(query.get("addresses"))
    verdict = check(Network(tx, caller), query["source"], query["destination"], flow, family)
    return PageAnswer(orjson.dumps(shown(verdict)))


def _family(text: str | None) -> int | None:
    if text and text not in _FAMILIES:
        raise invalid_value(f"Value ({text[:20]}) for parameter IpAddressType is invalid. It must be ipv4 or ipv6.")
    return _FAMILIES[text] if text else None


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    if not (text.isascii() and text.lstrip("-").isdigit() and len(text) <= 6):
        raise invalid_value(f"Value ({text[:20]}) for parameter {name} is invalid. It must be a number.")
    return int(text)
