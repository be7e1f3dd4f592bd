"""The calls of `aws-sdk:sfn:` Tasks that are made after the commit: operations that wait for something, and those that
read, which then see what the commit has made.

At least once, but for StartSyncExecution: an Express execution that a caller waits for runs at most once.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from engine.api.nested import SERVICE, local_operations, nested_actions, operations_outside
from engine.api.operations import Handler
from engine.contract import Call, Integration, Operation
from engine.errors import ServiceError
from engine.runtime.calls import principal
from engine.sdk.naming import operation_name
from engine.sdk.translation import Translation, translation

if TYPE_CHECKING:
    from engine.config import Settings

_AT_MOST_ONCE = "startSyncExecution"


class OwnService:
    """The engine as one of its own integrations. It is made before the runtime; `bind` hands in what needs that.

    Implements engine.contract.RemoteCaller.
    """

    def __init__(self) -> None:
        self._bound: asyncio.Future[Mapping[str, Handler]] | None = None
        self._translations: dict[str, Translation] = {}

    @property
    def operations(self) -> Mapping[str, Mapping[str, Operation]]:
        """What integrations may call of the engine, in their transaction."""
        return {SERVICE: local_operations()}

    def integrations(self) -> list[Integration]:
        own = Integration(
            SERVICE, operations=local_operations(), operations_outside=operations_outside(), remote=self._open
        )
        return [nested_actions(), own]

    def bind(self, handlers: Mapping[str, Handler]) -> None:
        """From now on calls are answered; those that came before have waited."""
        self._waiting().set_result(handlers)

    async def call(self, call: Call) -> Any:
        handlers = await asyncio.shield(self._waiting())
        request_id = str(uuid.uuid4())
        name = operation_name(call.action)
        words = self._translation(name)
        request = words.request(call.parameters, request_id)
        try:
            answer = await handlers[name](principal(call), request)
        except ServiceError as error:
            raise words.failure(error, request_id) from None
        return words.result(answer)

    def at_most_once(self, call: Call) -> bool:
        return call.action == _AT_MOST_ONCE

    def _waiting(self) -> "asyncio.Future[Mapping[str, Handler]]":
        if self._bound is None:
            self._bound = asyncio.get_running_loop().create_future()
        return self._bound

    def _translation(self, name: str) -> Translation:
        if name not in self._translations:
            self._translations[name] = translation(SERVICE, name)
        return self._translations[name]

    @asynccontextmanager
    async def _open(self, settings: "Settings") -> AsyncIterator["OwnService"]:
        yield self
