"""The connections of the settings, at work: what each adds to a request, and the tokens of those with OAuth.

A token is fetched when it is first needed, kept until it ends, and fetched anew when a request with it is answered 401.
"""

import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import anyio
import httpx

from engine import jsontext, limits
from engine.config import ApiKeyAuth, BasicAuth, ConnectionSettings, HttpParameters, OAuthAuth, SecretAuth
from engine.contract import Call, Perform
from engine.errors import StateError
from engine.sdk.errors import state_error
from engine.sdk.secret_text import SecretUnavailable, secret_text
from integrations.http_.encoding import form_text, query_text
from integrations.http_.request import FORM_TYPE, HttpRequest
from integrations.http_.secret_auth import BadSecret, auth_of
from integrations.http_.sending import NoAnswer, send

KnownAuth = BasicAuth | ApiKeyAuth | OAuthAuth

_ARN = re.compile(r"arn:aws[a-zA-Z-]*:events:[^:]*:[^:]*:connection/(?P<name>[.\-_A-Za-z0-9]+)(/[^/]+)?")
RENEWED_SECONDS = 30  # before a token ends


class Connections:
    """By name: region and account of an ARN do not matter, because a definition written for AWS names those of AWS."""

    def __init__(
        self,
        settings: Mapping[str, ConnectionSettings],
        client: httpx.AsyncClient,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._found = {name: Connection(one, client, clock) for name, one in settings.items()}

    def get(self, arn: str) -> "Connection":
        """The connection that an ARN names. Raises StateError."""
        found = _ARN.fullmatch(arn)
        connection = self._found.get(found["name"]) if found is not None else None
        if connection is None:
            name = "NAME" if found is None else found["name"]
            text = f"Connection {arn} does not exist; Statewright reads it from [connections.{name}] of its settings."
            raise state_error("Events.ConnectionResource.ResourceNotFound", text)
        return connection


@dataclass(slots=True)
class Connection:
    settings: ConnectionSettings
    client: httpx.AsyncClient
    clock: Callable[[], float]
    _token: str | None = None
    _token_of: OAuthAuth | None = None
    _until: float = 0.0
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def auth(self, perform: Perform | None, call: Call) -> "KnownAuth":
        """What it authorizes a call with: of the settings, or of the secret that they name, as it is now."""
        auth = self.settings.auth
        if not isinstance(auth, SecretAuth):
            return auth
        try:
            return auth_of(await secret_text(perform, call, auth.secret))
        except (SecretUnavailable, BadSecret) as error:
            raise _unauthorized(f"the secret '{auth.secret}' cannot be used: {error}") from None

    async def parameters(self, auth: "KnownAuth", anew: bool = False) -> HttpParameters:
        """What is added to a request, authorization first; `anew`: with a token that was not used yet."""
        own = self.settings.parameters
        authorization = await self._authorization(auth, anew)
        return HttpParameters({**authorization, **own.headers, **authorization}, own.query, own.body)

    async def _authorization(self, auth: "KnownAuth", anew: bool) -> dict[str, str]:
        match auth:
            case BasicAuth(username, password):
                pair = base64.b64encode(f"{username}:{password}".encode()).decode()
                return {"Authorization": f"Basic {pair}"}
            case ApiKeyAuth(name, value):
                return {name: value}
            case OAuthAuth() as oauth:
                return {"Authorization": f"Bearer {await self._bearer(oauth, anew)}"}

    async def _bearer(self, oauth: OAuthAuth, anew: bool) -> str:
        refused = self._token if anew else None
        async with self._lock:
            stale = self._token is None or self._token_of != oauth or self.clock() >= self._until
            if stale or self._token == refused:
                self._token, seconds = await _fetch(self.client, oauth)
                self._token_of = oauth
                self._until = self.clock() + max(seconds - RENEWED_SECONDS, 0)
            assert self._token is not None
            return self._token


async def _fetch(client: httpx.AsyncClient, oauth: OAuthAuth) -> tuple[str, float]:
    """A token and how many seconds it holds. Raises StateError."""
    try:
        answer = await send(client, _token_request(oauth), limits.HTTP_TOKEN_BYTES_MAX, oauth.endpoint)
    except NoAnswer as error:
        raise _unauthorized(f"the authorization endpoint did not answer: {error}") from None
    if not answer.is_success:
        raise _unauthorized(f"the authorization endpoint answered {answer.status}")
    try:
        content = jsontext.loads(answer.body.decode())
        token, seconds = content["access_token"], content.get("expires_in", limits.HTTP_TOKEN_SECONDS_DEFAULT)
        if isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token):
            return token, float(seconds)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise _unauthorized("the authorization endpoint's answer has no access_token")


def _token_request(oauth: OAuthAuth) -> HttpRequest:
    """The client's credentials go into the body; with GET, which has none, into the query."""
    credentials = {
        "grant_type": "client_credentials",
        "client_id": oauth.client_id,
        "client_secret": oauth.client_secret,
        **oauth.parameters.body,
    }
    query = dict(oauth.parameters.query) | (credentials if oauth.method == "GET" else {})
    url = oauth.endpoint if not query else f"{oauth.endpoint}{'&' if '?' in oauth.endpoint else '?'}{query_text(query)}"
    headers = list(oauth.parameters.headers.items())
    if oauth.method == "GET":
        return HttpRequest("GET", url, headers, None)
    body = form_text(credentials, "REPEAT").encode()
    return HttpRequest(oauth.method, url, [*headers, ("Content-Type", FORM_TYPE)], body)


def _unauthorized(reason: str) -> StateError:
    return state_error("Events.ConnectionResource.InvalidConnectionState", f"The connection cannot be used: {reason}.")
