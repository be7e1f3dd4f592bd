"""`[connections.NAME]`: what an EventBridge connection is for the HTTP Tasks of this server.

    [connections.billing]                         arn:aws:events:REGION:ACCOUNT:connection/billing/ANY-ID
    headers = {X-Team = "orders"}                 sent with every call, as `query` and `body` are
    basic = {username = "orders", password = {env = "BILLING_PASSWORD"}}

Exactly one of `basic`, `api_key`, `oauth` and `secret`. Secrets stand in environment variables, never in the file; any
other text may too. `secret = "billing/api"` names one of Secrets Manager, whose JSON has what the others have; it is
read with each call.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine import limits
from engine.config.values import SECRET, Kind, read_table, refuse_unless, text

_NAME = re.compile(r"[.\-_A-Za-z0-9]{1,64}")  # of EventBridge's connections [M]
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class HttpParameters:
    """What is sent beside what the Task says; these win where both say something."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BasicAuth:
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKeyAuth:
    """A header of that name."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuthAuth:
    """Client credentials: a token from `endpoint`, sent as bearer token."""

    endpoint: str
    method: str
    client_id: str
    client_secret: str = field(repr=False)
    parameters: HttpParameters = field(default_factory=HttpParameters, repr=False)


@dataclass(frozen=True, slots=True)
class SecretAuth:
    """What a secret of Secrets Manager says, by its name or ARN."""

    secret: str


Auth = BasicAuth | ApiKeyAuth | OAuthAuth | SecretAuth


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    auth: Auth
    parameters: HttpParameters = field(default_factory=HttpParameters, repr=False)


def read_connections(
    tables: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]
) -> dict[str, ConnectionSettings]:
    """The connections by name."""
    if not isinstance(tables, dict):
        problems.append(f"{where}: expected tables [connections.NAME], not {tables!r}")
        return {}
    found = {}
    reader = _Reader(environ, problems)
    for name, table in tables.items():
        place = f"{where}.{name}"
        if not _NAME.fullmatch(name):
            problems.append(f"{place}: a connection's name has 1 to 64 letters, digits, '.', '-' and '_'")
        elif not isinstance(table, dict):
            problems.append(f"{place}: expected a table")
        elif (settings := reader.connection(table, place)) is not None:
            found[name] = settings
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    environ: Mapping[str, str]
    problems: list[str]

    def connection(self, table: dict[str, Any], place: str) -> ConnectionSettings | None:
        before = len(self.problems)
        tables = {name: Kind("a table", _read_table, secret=True) for name in _AUTHS}
        values = read_table(table, {**tables, "secret": SECRET, **self._parameters()}, f"{place}.", self.problems)
        chosen = [name for name in (*_AUTHS, "secret") if name in table]
        if len(chosen) != 1:
            self.problems.append(f"{place}: expected exactly one of {', '.join(_AUTHS)}, secret")
        if len(self.problems) > before:
            return None
        if chosen == ["secret"]:
            return ConnectionSettings(SecretAuth(values.pop("secret")), HttpParameters(**values))
        auth = _AUTHS[chosen[0]](self, values.pop(chosen[0]), f"{place}.{chosen[0]}")
        return None if auth is None else ConnectionSettings(auth, HttpParameters(**values))

    def basic(self, table: dict[str, Any], place: str) -> BasicAuth | None:
        values = self._all(table, {"username": self._text(), "password": self._secret()}, place)
        return None if values is None else BasicAuth(**values)

    def api_key(self, table: dict[str, Any], place: str) -> ApiKeyAuth | None:
        values = self._all(table, {"name": _HEADER, "value": self._secret()}, place)
        return None if values is None else ApiKeyAuth(**values)

    def oauth(self, table: dict[str, Any], place: str) -> OAuthAuth | None:
        kinds = {
            "endpoint": Kind('"https://..."', _read_url),
            "client_id": self._text(),
            "client_secret": self._secret(),
        }
        optional = {"method": Kind("GET, POST or PUT", text("GET|POST|PUT")), **self._parameters()}
        values = self._all(table, kinds, place, optional)
        if values is None:
            return None
        parameters = HttpParameters(**{name: values.pop(name) for name in self._parameters() if name in values})
        return OAuthAuth(parameters=parameters, **{"method": "POST", **values})

    def _all(
        self, table: dict[str, Any], kinds: dict[str, Kind], place: str, optional: dict[str, Kind] | None = None
    ) -> dict[str, Any] | None:
        """The values of a table that needs all of `kinds`; None after a problem."""
        before = len(self.problems)
        values = read_table(table, {**kinds, **(optional or {})}, f"{place}.", self.problems)
        self.problems.extend(f"{place}.{key}: missing" for key in kinds if key not in table)
        return values if len(self.problems) == before else None

    def _text(self) -> Kind:
        return Kind('a text, or {env = "VARIABLE"} with a variable that is set', self._read_text, secret=True)

    def _secret(self) -> Kind:
        return Kind('{env = "VARIABLE"} with a variable that is set', self._read_secret, secret=True)

    def _parameters(self) -> dict[str, Kind]:
        expected = 'a table of texts, each may be {env = "VARIABLE"} with a variable that is set'
        plain, headers = Kind(expected, self._read_texts, secret=True), Kind(expected, self._read_headers, secret=True)
        return {"headers": headers, "query": plain, "body": plain}

    def _read_secret(self, value: Any) -> str:
        refuse_unless(isinstance(value, dict) and list(value) == ["env"] and isinstance(value["env"], str))
        refuse_unless(bool(self.environ.get(value["env"])))
        return self.environ[value["env"]]

    def _read_text(self, value: Any) -> str:
        if isinstance(value, dict):
            return self._read_secret(value)
        refuse_unless(isinstance(value, str) and value != "")
        return str(value)

    def _read_texts(self, value: Any) -> dict[str, str]:
        refuse_unless(isinstance(value, dict) and len(value) <= limits.CONNECTION_PARAMETERS_MAX)
        return {name: self._read_text(item) for name, item in value.items()}

    def _read_headers(self, value: Any) -> dict[str, str]:
        found = self._read_texts(value)
        refuse_unless(all(_HEADER_NAME.fullmatch(name) for name in found))
        refuse_unless(all(re.fullmatch(r"[\t\x20-\x7e]*", item) for item in found.values()))
        return found


def _read_table(value: Any) -> dict[str, Any]:
    refuse_unless(isinstance(value, dict))
    return dict(value)


def _read_url(value: Any) -> str:
    refuse_unless(isinstance(value, str))
    parts = urlsplit(value)
    refuse_unless(parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    return str(value)


_HEADER = Kind("the name of a header", text(_HEADER_NAME.pattern))
_AUTHS: dict[str, Callable[["_Reader", dict[str, Any], str], Auth | None]] = {
    "basic": _Reader.basic,
    "api_key": _Reader.api_key,
    "oauth": _Reader.oauth,
}
