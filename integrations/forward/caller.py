"""The opened integration: performs forwarded calls, and watches the jobs that they start.

Watching costs one question now and then, at growing intervals. A question that finds nobody there, or too many askers,
is asked again; one that is refused again and again fails the Task.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from engine import limits
from engine.asl.integrations_table import OPTIMISED
from engine.asl.model import Pattern
from engine.config import Settings
from engine.contract import Call, FindAction, RemoteAction
from engine.errors import StateError
from engine.sdk.bridge import PATTERNS as SDK_PATTERNS
from engine.sdk.idempotency import idempotency_token
from engine.sdk.naming import operation_name
from engine.sdk.results import with_metadata
from engine.wire.service import load_service
from engine.wire.service_names import sdk_service
from integrations.forward.clients import ClientKey, Clients
from integrations.forward.invoke import Invocation, Invoked, streams_events
from integrations.forward.jobs import JOBS, Request, filled, outcome
from integrations.forward.optimised import Optimised, optimised
from integrations.forward.threads import CallThreads

_JOB_PATTERNS = frozenset({Pattern.SYNC})
_log = logging.getLogger("statewright.forward")


def forwarded_actions(settings: Settings) -> FindAction:
    """What is forwarded by these settings: operations of services that have an endpoint."""
    endpoints = settings.endpoints

    def find(service: str, action: str, sdk: bool) -> RemoteAction | None:
        if sdk:
            name = sdk_service(service)
            if name is None or endpoints.of(name) is None:
                return None
            return RemoteAction(SDK_PATTERNS, exists=partial(_can_be_asked, name, operation_name(action)))
        target = optimised(service, action)
        if target is None or endpoints.of(target.service) is None:
            return None
        offered = OPTIMISED.get(service, {}).get(action, frozenset())
        return RemoteAction(offered if (service, action) in JOBS else offered - _JOB_PATTERNS)

    return find


def _can_be_asked(service: str, operation: str) -> bool:
    """An operation that the service has, and whose answer is no stream of events."""
    found = load_service(service)
    return operation in found.operation_names and not streams_events(found.operation(operation))


class Forwarding:
    """The JobCaller of everything that is forwarded; see open_forwarding."""

    def __init__(self, clients: Clients):
        self._clients = clients
        self._threads = CallThreads(limits.FORWARDED_CALLS_MAX)

    async def call(self, call: Call) -> Any:
        token = idempotency_token(call.idempotency_key)
        if call.sdk:
            invocation = Invocation(operation_name(call.action), call.parameters, None, token)
            return (await self._invoke(call, sdk_service(call.service) or call.service, invocation)).result
        target = optimised(call.service, call.action)
        if target is None:
            raise StateError("States.Runtime", f"No target for the resource '{call.resource}' is configured.")
        given = call.parameters if not isinstance(call.parameters, dict) else target.before(call, call.parameters)
        invocation = Invocation(target.operation, given, call.service, token)
        return _optimised_result(target, await self._invoke(call, target.service, invocation))

    def at_most_once(self, call: Call) -> bool:
        """Other services take a call twice, harmlessly where they know its token."""
        return False

    async def follow(self, call: Call, submitted: Any) -> Any:
        job = JOBS[call.service, call.action]
        seconds, refusals = limits.JOB_POLL_FIRST_SECONDS, 0
        while True:
            await asyncio.sleep(seconds)
            seconds = min(seconds * limits.JOB_POLL_GROWTH, limits.JOB_POLL_SECONDS_MAX)
            try:
                answer = await self._ask(call, job.describe, submitted)
            except StateError as error:
                refusals += 0 if _passes(error) else 1
                if refusals >= limits.JOB_POLL_REFUSALS_MAX:
                    raise
                _log.warning("a job of %s could not be asked after: %s", call.resource, error)
                continue
            refusals = 0
            result = outcome(job, answer)
            if result is not None:
                return result

    async def stop(self, call: Call, submitted: Any) -> None:
        job = JOBS[call.service, call.action]
        if job.stop is not None:
            await self._ask(call, job.stop, submitted)

    async def _ask(self, call: Call, request: Request, submitted: Any) -> dict[str, Any]:
        target = optimised(call.service, call.action)
        assert target is not None  # JOBS has rows of forwarded integrations only: a test sees to it
        parameters = filled(request.parameters, call.parameters, submitted)
        invoked = await self._invoke(call, target.service, Invocation(request.operation, parameters, call.service))
        return invoked.result

    async def _invoke(self, call: Call, service: str, invocation: Invocation) -> Invoked:
        role = call.credentials.get("RoleArn") if isinstance(call.credentials, dict) else None
        key = ClientKey(service, call.account, call.region, role)
        return await self._threads.run(partial(_perform, self._clients, key, invocation, call.resource))


def _perform(clients: Clients, key: ClientKey, invocation: Invocation, resource: str) -> Invoked:
    return invocation.perform(clients.get(key), resource)


def _optimised_result(target: Optimised, invoked: Invoked) -> dict[str, Any]:
    shaped = replace(invoked, result=target.after(invoked.result))
    return with_metadata(shaped.result, shaped.status, shaped.headers, shaped.request_id)


def _passes(error: StateError) -> bool:
    """Whether a failed question says nothing of the job: nobody answered, or too many ask."""
    name = error.name or ""
    return (
        name.endswith(".SdkClientException")
        or "Throttl" in name + (error.cause or "")
        or "Status Code: 5" in (error.cause or "")
    )


@asynccontextmanager
async def open_forwarding(settings: Settings) -> AsyncIterator[Forwarding]:
    """Ready to forward; clients are made with the first calls. Threads under way end by themselves."""
    yield Forwarding(Clients(settings.endpoints))
