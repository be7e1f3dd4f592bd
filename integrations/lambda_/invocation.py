"""One invocation of a function, and what performs it: the seam between the request and the three kinds of target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from integrations.lambda_.names import FunctionName


@dataclass(frozen=True, slots=True)
class Invocation:
    """`payload` is the event, a JSON value; `client_context` the decoded ClientContext.

    `idempotency_key` is the same when the engine sends a call again, `request_id` is not. `secret`: the text of the
    secret that the settings of the function name.
    """

    request_id: str
    function: FunctionName
    payload: Any
    idempotency_key: str
    region: str
    client_context: Mapping[str, Any] | None = None
    secret: str | None = field(default=None, repr=False)


class Target(Protocol):
    """A function that can be invoked."""

    async def invoke(self, invocation: Invocation) -> str:
        """The JSON text that the function returned, at most FUNCTION_RESULT_BYTES_MAX long; not checked to be JSON.

        Raises StateError as Step Functions reports the failure. Cancelling it ends the function's process first.
        """
