"""What performs the remote calls of Tasks, and what it may be able to do beside that."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from engine import limits
from engine.contract.actions import Call
from engine.contract.transaction import Caller


class RemoteCaller(Protocol):
    """Performs the remote calls of one service while it is open. Opened once by the server, closed at shutdown."""

    async def call(self, call: Call) -> Any:
        """The Task's result, or StateError. Cancelling it stops the work where that can be done, before it returns."""

    def at_most_once(self, call: Call) -> bool:
        """Whether a call that was sent and not answered must not be sent again, by the settings of its target."""


@dataclass(frozen=True, slots=True)
class HttpTrace:
    """One HTTP exchange as TestState shows it: members of InspectionDataRequest and InspectionDataResponse.

    `response` None: the request was not answered.
    """

    request: Mapping[str, str]
    response: Mapping[str, str] | None


@runtime_checkable
class TracedCaller(RemoteCaller, Protocol):
    """A RemoteCaller that can show what went over the wire."""

    async def call_traced(self, call: Call, note: Callable[[HttpTrace], None], reveal_secrets: bool) -> Any:
        """As `call`; `note` is told of each exchange, without what a connection adds unless secrets are revealed."""


@runtime_checkable
class JobCaller(RemoteCaller, Protocol):
    """A RemoteCaller whose calls may wait for a job: `call` starts it and gives what the start answered."""

    async def follow(self, call: Call, submitted: Any) -> Any:
        """Watch the job that `call` has started until it ends: the Task's result, or StateError.

        `submitted` is what the start answered. Cancelling it only ends the watching.
        """

    async def stop(self, call: Call, submitted: Any) -> None:
        """Nobody waits for the job any more (its Task timed out, its execution was stopped): stop it if possible."""


# Performs an operation of any integration on this server, and commits it: (caller, service, operation, request) ->
# response. Raises ServiceError as it does.
Perform = Callable[[Caller, str, str, dict[str, Any]], Awaitable[dict[str, Any]]]


@runtime_checkable
class ServiceUser(RemoteCaller, Protocol):
    """A RemoteCaller that asks other integrations for something before it calls: the value of a secret, say."""

    def use_services(self, perform: Perform) -> None:
        """Called once, before the first call. Where nobody calls it (a run without a server) there are none."""


@dataclass(frozen=True, slots=True)
class FunctionMock:
    """A function in a test: calls go to `url`, and their answers arrive `takes_seconds` later by the server's clock."""

    url: str
    takes_seconds: float = 0.0
    timeout_seconds: float = limits.FUNCTION_SECONDS_MAX


@runtime_checkable
class MockableCaller(RemoteCaller, Protocol):
    """A RemoteCaller whose functions tests may mock; opened as one where Settings.test_controls is on."""

    def mock(self, name: str, mock: FunctionMock, pause: Callable[[float], Awaitable[None]]) -> None:
        """From now on calls of the function `name` go to the mock; `pause` waits for seconds of the server's clock."""

    def restore(self, name: str) -> bool:
        """Back to the settings; False: it was not mocked."""

    def mocked(self) -> Mapping[str, FunctionMock]: ...
