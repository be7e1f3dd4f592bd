"""Functions of another place: those that `[functions]` does not have, where `[endpoints]` says where Lambda is.

The call is Lambda's own Invoke, with the payload as it is. A function is asked for by its plain name where its account
is only this server's name for itself, else by its ARN.
"""

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from engine import jsontext, limits
from integrations.forward.clients import ClientKey, Clients, method
from integrations.forward.invoke import reason_of, refusal_of
from integrations.forward.threads import CallThreads
from integrations.lambda_ import errors
from integrations.lambda_.invocation import Invocation


class ForwardedFunctions:
    """A Target for every function: the invocation says which. `own_account` is what this server calls itself."""

    def __init__(self, clients: Clients, own_account: str):
        self._clients = clients
        self._own_account = own_account
        self._threads = CallThreads(limits.FORWARDED_CALLS_MAX)

    async def invoke(self, invocation: Invocation) -> str:
        return await self._threads.run(partial(self._invoke, invocation))

    def _invoke(self, invocation: Invocation) -> str:
        account = invocation.function.arn.split(":")[4]
        client = self._clients.get(ClientKey("lambda", account, invocation.region))
        try:
            return _answered(method(client, "Invoke"), self._request(invocation, account))
        except ClientError as error:
            said = refusal_of(error)
            raise errors.service_error(said.code, said.message, said.status, said.request_id) from None
        except BotoCoreError as error:
            raise errors.client_error(reason_of(error)) from None
        except ResponseParserError:
            raise errors.client_error("The answer is none of Lambda's.") from None

    def _request(self, invocation: Invocation, account: str) -> dict[str, Any]:
        function = invocation.function
        is_own = account == self._own_account
        request: dict[str, Any] = {
            "FunctionName": function.name if is_own else function.arn,
            "Payload": jsontext.dumps(invocation.payload).encode(),
        }
        if is_own and function.qualifier is not None:
            request["Qualifier"] = function.qualifier
        if invocation.client_context is not None:
            context = jsontext.dumps(invocation.client_context).encode()
            request["ClientContext"] = base64.b64encode(context).decode()
        return request


def _answered(invoke: Callable[..., dict[str, Any]], request: dict[str, Any]) -> str:
    answer = invoke(**request)
    body = answer["Payload"]
    try:
        content = body.read(limits.FUNCTION_RESULT_BYTES_MAX + 1)
    finally:
        body.close()
    if len(content) > limits.FUNCTION_RESULT_BYTES_MAX:
        raise errors.answer_too_large()
    text = str(content.decode(errors="replace"))
    if answer.get("FunctionError"):
        raise errors.function_error(text)
    return text or "null"
