"""Which service a request is for.

| what says it | |
|---|---|
| `X-Amz-Target: AmazonSQS.SendMessage` | the service with that prefix |
| the credential scope `.../sqs/aws4_request`, in a header or a presigned query string | the one that signs so |
| a queue's URL as the path | SQS |
| the host: `sqs.us-east-1.localhost`, `queue.localhost` | the service with that endpoint |
| `Action=Publish&Version=2010-03-31` in the query string or the body | the Query service with that operation |
| `/v2/email/outbound-emails` | the REST service with that route |

Asked in that order. Where two services sign alike (SES's versions), the path tells: Query is spoken at `/`, REST below.
"""

from collections.abc import Sequence

from engine.auth.scope import Scope
from engine.errors import ServiceError
from engine.http.callers import QUEUE_PATH
from engine.http.service_door import ServiceDoor
from engine.wire.form import is_form, request_form
from engine.wire.protocol import WireRequest, unknown_operation

# Labels of host names beside the services' own.
_HOST_LABELS = {"queue": "sqs", "email": "ses"}


class Router:
    """The services behind one port."""

    def __init__(self, services: Sequence[ServiceDoor]):
        self._services = services
        self._by_target = {
            prefix.encode(): found for found in services if (prefix := found.service.target_prefix) is not None
        }
        self._by_signing_name: dict[str, list[ServiceDoor]] = {}
        for found in services:
            self._by_signing_name.setdefault(found.service.signing_name, []).append(found)

    def early(self, request: WireRequest, identity: Scope | None) -> ServiceDoor | None:
        """The service by what stands before the body; None where that does not tell."""
        target = request.headers.get(b"x-amz-target")
        if target is not None:
            return self._by_target.get(target.partition(b".")[0])
        if identity is not None:
            return _of_path(self._by_signing_name.get(identity.service, ()), request)
        if QUEUE_PATH.fullmatch(request.path) is not None and (queues := self._by_signing_name.get("sqs")):
            return queues[0]
        return self._by_host(request)

    def late(self, request: WireRequest, identity: Scope | None) -> ServiceDoor:
        """The service by its body or path, where nothing before it told. Raises ServiceError."""
        if b"x-amz-target" not in request.headers and identity is None:
            found = self._by_action(request) or self._by_route(request)
            if found is not None:
                return found
        here = ", ".join(dict.fromkeys(found.service.full_name for found in self._services))
        raise unknown_operation(f"Nothing here answers {_wanted(request, identity)}. Services of this server: {here}.")

    def has_route(self, method: str, path: str) -> bool:
        """Whether a REST service answers at a path."""
        return any(found.has_route(method, path) for found in self._services)

    def _by_host(self, request: WireRequest) -> ServiceDoor | None:
        labels = request.header(b"host").partition(":")[0].split(".")[:2]
        for label in labels if len(labels) > 1 else ():
            candidates = self._by_signing_name.get(_HOST_LABELS.get(label, label))
            if candidates is not None:
                return _of_path(candidates, request)
        return None

    def _by_action(self, request: WireRequest) -> ServiceDoor | None:
        if not (request.query or is_form(request)):
            return None
        form = request_form(request)
        action, version = form.get("Action"), form.get("Version")
        for found in self._services:
            if found.query_version is not None and version in (found.query_version, None):
                if action in found.service.operation_names:
                    return found
        return None

    def _by_route(self, request: WireRequest) -> ServiceDoor | None:
        return next((found for found in self._services if found.has_route(request.method, request.path)), None)


def _of_path(candidates: Sequence[ServiceDoor], request: WireRequest) -> ServiceDoor | None:
    if len(candidates) > 1:
        rest = request.path != "/"
        candidates = [found for found in candidates if found.is_rest == rest] or candidates
    return candidates[0] if candidates else None


def _wanted(request: WireRequest, identity: Scope | None) -> str:
    target = request.headers.get(b"x-amz-target")
    if target is not None:
        return f"the target '{target.decode('latin-1')}'"
    if identity is not None:
        return f"the service '{identity.service}'"
    action = _action(request)
    return "a request without X-Amz-Target" if action is None else f"the action '{action[:100]}'"


def _action(request: WireRequest) -> str | None:
    try:
        return request_form(request).get("Action")
    except ServiceError:
        return None
