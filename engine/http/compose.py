"""The composition root: settings in, a running server out.

    integrations (entry points) -> database -> lease -> runtime -> Step Functions' operations -> application -> port

The one place that knows all the parts. What is opened here is closed here, in the opposite order.
"""

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from engine.api.nested_calls import OwnService
from engine.api.operations import Handler, build_handlers
from engine.config import Settings
from engine.contract import Caller, Integration, MockableCaller, RemoteCaller, ServiceUser
from engine.errors import InvariantError
from engine.http.app import App, create_app
from engine.http.callers import Callers
from engine.http.control_pages import control_pages
from engine.http.integration_doors import integration_doors
from engine.http.metrics import Metric
from engine.http.server import serve
from engine.http.service_door import ServiceDoor
from engine.http.service_pages import service_pages
from engine.runtime.calls import remote_calls
from engine.runtime.clock import WallClock
from engine.runtime.controls import TestControls
from engine.runtime.extensions import open_extensions
from engine.runtime.shell import Shell, open_shell
from engine.runtime.steering import SteerableClock
from engine.sdk.resolution import InstalledActions, InstalledTargets
from engine.store.components import Component
from engine.store.database import open_database
from engine.store.errors import StoreError
from engine.store.keyring import open_keyring
from engine.store.leases import acquire
from engine.store.upgrade import upgrade

log = logging.getLogger("statewright.server")

INTEGRATIONS = "statewright.integrations"


def installed_integrations() -> list[Integration]:
    """The integrations of this installation: ours, and those of packages installed beside it.

    One that two packages name is one; two of one service are refused.
    """
    found: dict[str, Integration] = {}
    for entry in sorted(entry_points(group=INTEGRATIONS), key=lambda entry: entry.name):
        integration = entry.load()
        if not isinstance(integration, Integration):
            raise InvariantError(f"the entry point {entry.name} of {INTEGRATIONS} is not an Integration")
        if found.setdefault(integration.service, integration) is not integration:
            raise InvariantError(f"two packages bring an integration of {integration.service}: {entry.name} is one")
    return list(found.values())


@asynccontextmanager
async def open_callers(
    integrations: Sequence[Integration], settings: Settings
) -> AsyncIterator[dict[str, RemoteCaller]]:
    """What performs the remote calls, by service."""
    async with AsyncExitStack() as stack:
        callers = {}
        for integration in integrations:
            if integration.remote is not None:
                callers[integration.service] = await stack.enter_async_context(integration.remote(settings))
        yield callers


def lend_services(callers: Mapping[str, RemoteCaller], shell: Shell) -> None:
    """Let the remote callers that need operations of other integrations have them."""

    async def perform(caller: Caller, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        response = await shell.write(lambda tx: tx.call(caller, service, operation, request))
        assert isinstance(response, dict)
        return response

    for found in callers.values():
        if isinstance(found, ServiceUser):
            found.use_services(perform)


@dataclass(slots=True)
class _Fatal:
    """What stopped the server from within."""

    stop: anyio.Event
    error: BaseException | None = field(default=None)

    def __call__(self, error: BaseException) -> None:
        self.error = self.error or error
        self.stop.set()


async def run_server(
    settings: Settings,
    *,
    stop: anyio.Event | None = None,
    ready: Callable[[int], None] | None = None,
    handle_signals: bool = True,
) -> None:
    """Serve until stopped; `ready` gets the port. Raises StoreError, ListenError."""
    stop = stop or anyio.Event()
    fatal = _Fatal(stop)
    integrations = installed_integrations()
    own = OwnService()
    performing = [*integrations, *own.integrations()]
    actions = InstalledActions(performing, settings)
    steered = SteerableClock() if settings.test_controls else None
    clock = steered or WallClock()
    added = [Component(found.service, found.migrations) for found in integrations if found.migrations]
    with open_database(settings.db) as database:
        await anyio.to_thread.run_sync(upgrade, database, added)
        lease = await anyio.to_thread.run_sync(acquire, database, clock.moment().epoch_ms)
        try:
            keyring = open_keyring(database, settings.encryption.master_key, settings.encryption.master_key_file)
            async with (
                open_callers(performing, settings) as callers,
                open_extensions(
                    integrations, settings, keyring, remote_calls(actions, callers), own.operations
                ) as extensions,
                open_shell(database, lease, actions, callers, clock, fatal, extensions, steered) as shell,
            ):
                lend_services(callers, shell)
                stores_objects = extensions.objects is not None
                targets = InstalledTargets(actions, settings.allow_unknown_services, stores_objects)
                handlers = build_handlers(shell, targets)
                own.bind(handlers)
                async with _open_controls(shell, steered, callers) as controls:
                    app = _app(settings, shell, handlers, integrations, controls)
                    await serve(
                        app, settings.host, settings.port, stop=stop, ready=ready, handle_signals=handle_signals
                    )
        finally:
            lease.release()
    if fatal.error is not None:
        raise StoreError(str(fatal.error)) from fatal.error


@asynccontextmanager
async def _open_controls(
    shell: Shell, clock: SteerableClock | None, callers: Mapping[str, RemoteCaller]
) -> AsyncIterator[TestControls | None]:
    """What `--test-controls` gives; the functions are those of the first integration that lets them be mocked."""
    mockable = next((caller for caller in callers.values() if isinstance(caller, MockableCaller)), None)
    if clock is None:
        yield None
        return
    if mockable is None:
        raise InvariantError("no integration opens functions that can be mocked")
    controls = TestControls(shell, clock, mockable)
    try:
        yield controls
    finally:
        await controls.close()


def _app(
    settings: Settings,
    shell: Shell,
    handlers: Mapping[str, Handler],
    integrations: Sequence[Integration],
    controls: TestControls | None,
) -> App:
    services = [ServiceDoor("stepfunctions", handlers), *integration_doors(integrations, shell)]
    callers = Callers(settings.account, settings.region)
    pages = service_pages(integrations, shell, callers, settings.test_controls)
    pages.append(Route("/_statewright/tasks", _tasks_page(shell)))
    return create_app(
        services,
        account=settings.account,
        region=settings.region,
        database_ok=shell.database_ok,
        metrics=lambda: [Metric(name, "gauge", text, value) for name, text, value in shell.gauges()],
        reset=shell.reset if settings.allow_reset and controls is None else None,
        pages=[*pages, *([] if controls is None else control_pages(controls))],
    )


def _tasks_page(shell: Shell) -> Callable[[Request], object]:
    """GET /_statewright/tasks?executionArn=...: what an execution waits for, with the tokens that answer it."""

    async def page(request: Request) -> JSONResponse:
        arn = request.query_params.get("executionArn", "")
        row = await shell.read(lambda tx: tx.find_execution(arn))
        if row is None:
            return JSONResponse({"message": f"Execution Does Not Exist: '{arn}'"}, 400)
        return JSONResponse({"tasks": await shell.waiting_tasks(row)})

    return page
