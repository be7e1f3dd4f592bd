"""The opened integration: signs where the Task says so, sends, and names errors as AWS does.

A status other than 2xx is `ApiGateway.<status>` with the body as cause.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from engine import limits
from engine.asl.integrations_table import OPTIMISED
from engine.config import Endpoints, Settings
from engine.contract import Call, FindAction, RemoteAction
from engine.errors import StateError
from engine.sdk.errors import state_error, unreachable
from integrations.apigateway.request import GatewayCall, read_call
from integrations.forward.clients import ClientKey, Clients
from integrations.http_.answer import described
from integrations.http_.request import HttpRequest
from integrations.http_.sending import NoAnswer, new_client, send

SERVICE = "apigateway"
_SIGNED_AS = "execute-api"


def invoke_action(settings: Settings) -> FindAction:
    """`apigateway:invoke`, where there is an endpoint to invoke at."""

    def find(service: str, action: str, sdk: bool) -> RemoteAction | None:
        if sdk or (service, action) != (SERVICE, "invoke") or settings.endpoints.of(SERVICE) is None:
            return None
        return RemoteAction(OPTIMISED[SERVICE]["invoke"])

    return find


class Gateway:
    """The RemoteCaller of `apigateway:invoke`; see open_gateway."""

    def __init__(self, endpoints: Endpoints, client: httpx.AsyncClient):
        self._endpoints = endpoints
        self._clients = Clients(endpoints)
        self._client = client
        self._places = anyio.Semaphore(limits.REMOTE_CALLS_MAX)

    async def call(self, call: Call) -> Any:
        endpoint = self._endpoints.of(SERVICE)
        if endpoint is None:
            raise StateError("States.Runtime", f"No target for the resource '{call.resource}' is configured.")
        gateway_call = read_call(call.parameters, endpoint)
        request = gateway_call.request
        if gateway_call.signed:
            request = await anyio.to_thread.run_sync(self._signed, gateway_call, call)
        try:
            async with self._places:
                answer = await send(self._client, request, limits.FORWARD_RESULT_BYTES_MAX, call.resource)
        except NoAnswer as error:
            raise unreachable("ApiGateway", str(error)) from None
        if not answer.is_success:
            cause = answer.body.decode(errors="replace") or answer.status_text
            raise state_error(f"ApiGateway.{answer.status}", cause)
        return described(answer)

    def at_most_once(self, call: Call) -> bool:
        return False

    def _signed(self, gateway_call: GatewayCall, call: Call) -> HttpRequest:
        """With SigV4, by the credentials of forwarded calls or those of the Task's role."""
        role = call.credentials.get("RoleArn") if isinstance(call.credentials, dict) else None
        credentials = self._clients.credentials(ClientKey(SERVICE, call.account, call.region, role))
        request = gateway_call.request
        signed = AWSRequest(request.method, request.url, data=request.body)
        for name, value in request.headers:
            signed.headers.add_header(name, value)  # a name may come more than once
        SigV4Auth(credentials, _SIGNED_AS, gateway_call.region).add_auth(signed)
        return HttpRequest(request.method, request.url, list(signed.headers.items()), request.body)


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[Gateway]:
    async with new_client() as client:
        yield Gateway(settings.endpoints, client)
