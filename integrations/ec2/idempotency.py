"""Client tokens: the same request with the same token makes one resource, however often it is sent.

Token and digest stand in the resource's body, under names that no shape has, so that no answer shows them.
"""

import hashlib
from typing import Any

import orjson

from engine.errors import ServiceError
from integrations.ec2.kinds import Kind
from integrations.ec2.store import Network

Body = dict[str, Any]

_TOKEN, _DIGEST = "_ClientToken", "_RequestDigest"


def made_before(network: Network, kind: Kind, request: Body) -> Body | None:
    """The resource that a request with this token has made. Raises ServiceError where it said something else."""
    token = request.get("ClientToken")
    if not token:
        return None
    for body in network.all(kind):
        if body.get(_TOKEN) == token:
            if body[_DIGEST] != _digest(request):
                text = "The request uses the same client token as a previous, but non-identical request."
                raise ServiceError("IdempotentParameterMismatch", text)
            return body
    return None


def mark(body: Body, request: Body) -> Body:
    """A new resource's body, with what its next request is compared with."""
    token = request.get("ClientToken")
    return body if not token else {**body, _TOKEN: token, _DIGEST: _digest(request)}


def _digest(request: Body) -> str:
    said = {name: value for name, value in request.items() if name not in ("ClientToken", "DryRun")}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
