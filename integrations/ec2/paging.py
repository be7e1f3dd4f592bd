"""Pages of Describe operations: resources in the order of their ids, a token that says after which the next begins."""

import base64
import binascii
from typing import Any

from engine import limits
from engine.errors import ServiceError
from integrations.ec2.errors import combination

Body = dict[str, Any]


def page(
    bodies: list[Body], request: dict[str, Any], id_member: str, ids_parameter: str | None = None
) -> tuple[list[Body], str | None]:
    """The page that a request asks for, and the token of the next one."""
    wanted = request.get("MaxResults")
    if wanted is not None and ids_parameter is not None and request.get(ids_parameter):
        text = f"The parameter {ids_parameter} cannot be used with the parameter MaxResults"
        raise combination(text)
    after = _read(request.get("NextToken"))
    ordered = sorted((body for body in bodies if after is None or body[id_member] > after), key=lambda b: b[id_member])
    size = min(wanted or limits.EC2_PAGE_DEFAULT, limits.EC2_PAGE_DEFAULT)
    found = ordered[:size]
    token = _token(found[-1][id_member]) if len(ordered) > size else None
    return found, token


def answer(member: str, found: tuple[list[Body], str | None]) -> dict[str, Any]:
    bodies, token = found
    return {member: bodies} if token is None else {member: bodies, "NextToken": token}


def _token(after: str) -> str:
    return base64.urlsafe_b64encode(after.encode()).decode()


def _read(token: str | None) -> str | None:
    if not token:
        return None
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise ServiceError("InvalidNextToken", "The specified value for nextToken is not valid.") from None
