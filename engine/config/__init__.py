"""The settings of a server: from flags, the environment and `statewright.toml`, in that order, else the default.

Nothing is ignored: an unknown key, an unknown STATEWRIGHT_* variable or a value of the wrong type is refused, and all
that is wrong is said at once. A further section of the file is one row in `_SECTIONS` and one field of Settings.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import limits
from engine.config.access_keys import AccessKey, read_access_keys
from engine.config.buckets import BucketSettings, read_buckets
from engine.config.connections import (
    ApiKeyAuth,
    BasicAuth,
    ConnectionSettings,
    HttpParameters,
    OAuthAuth,
    SecretAuth,
    read_connections,
)
from engine.config.encryption import MASTER_KEY, EncryptionSettings, read_encryption
from engine.config.endpoints import AWS, Endpoints, read_endpoints
from engine.config.event_sources import EventSourceSettings, event_sources, read_event_sources
from engine.config.events import BUS, EventSettings, read_events
from engine.config.functions import (
    CommandTarget,
    FunctionSettings,
    FunctionTarget,
    HandlerTarget,
    UrlTarget,
    read_functions,
)
from engine.config.notifications import NotificationSettings, read_firehose, read_sns
from engine.config.ses import SANDBOX, RelaySettings, SesSettings, read_ses, ses_from_environment, with_smtp_ports
from engine.config.values import BOOLEAN, Kind, hint, read_table, read_value, text, whole

__all__ = [
    "AWS",
    "FILE_NAME",
    "OTHER_VARIABLES",
    "AccessKey",
    "ApiKeyAuth",
    "BasicAuth",
    "BucketSettings",
    "CommandTarget",
    "ConnectionSettings",
    "EncryptionSettings",
    "Endpoints",
    "EventSettings",
    "EventSourceSettings",
    "FunctionSettings",
    "FunctionTarget",
    "HandlerTarget",
    "HttpParameters",
    "NotificationSettings",
    "OAuthAuth",
    "RelaySettings",
    "SecretAuth",
    "SesSettings",
    "Settings",
    "SettingsError",
    "UrlTarget",
    "load_settings",
]

FILE_NAME = "statewright.toml"
_PREFIX = "STATEWRIGHT_"

# Variables of the prefix that stand for no key of the file's top: where the file is, the master key, SES's sandbox, and
# what a function is told about its call.
OTHER_VARIABLES = frozenset(
    {
        "STATEWRIGHT_CONFIG",
        MASTER_KEY,
        SANDBOX,
        "STATEWRIGHT_IDEMPOTENCY_KEY",
        "STATEWRIGHT_REQUEST_ID",
        "STATEWRIGHT_CLIENT_CONTEXT",
        "STATEWRIGHT_SECRET",
    }
)

# Kubernetes gives these to every container beside a Service named `statewright`; they are not meant for us.
_SERVICE_LINK = re.compile(
    r"STATEWRIGHT_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)=.*|STATEWRIGHT_PORT=\w+://.*"
)


class SettingsError(Exception):
    """Settings that cannot be used; `problems` names each with its place, what is expected and the nearest key."""

    def __init__(self, problems: Iterable[str]):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server runs with. `db` may hold a password, so it is left out of the representation."""

    host: str = "127.0.0.1"
    port: int = 4566
    db: str = field(default="sqlite:///statewright.db", repr=False)
    account: str = "000000000000"
    region: str = "us-east-1"
    public_url: str | None = None
    allow_reset: bool = False
    allow_unknown_services: bool = False
    test_controls: bool = False
    functions: Mapping[str, FunctionSettings] = field(default_factory=dict)
    endpoints: Endpoints = field(default_factory=Endpoints)
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)
    events: EventSettings | None = None
    sns: NotificationSettings = field(default_factory=NotificationSettings)
    ses: SesSettings = field(default_factory=SesSettings)
    access_keys: Mapping[str, AccessKey] = field(default_factory=dict)
    firehose: Path | None = None  # the folder of the delivery streams
    buckets: BucketSettings | None = None
    encryption: EncryptionSettings = field(default_factory=EncryptionSettings)
    event_sources: tuple[EventSourceSettings, ...] = ()

    @property
    def url(self) -> str:
        """Scheme and host for links that no request said the host of: in mails, in what Tasks make."""
        if self.public_url is not None:
            return self.public_url
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1", "::1") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def load_settings(flags: Mapping[str, Any], environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings that hold. `flags` maps names of Settings to what the command line said (None: nothing).

    `file` None: what STATEWRIGHT_CONFIG names, else statewright.toml of the working folder if there is one.
    Raises SettingsError.
    """
    problems: list[str] = []
    values = _from_file(_chosen_file(environ, file), environ, problems)
    values |= _from_environment(environ, problems)
    values |= _from_flags(flags, problems)
    _check_event_bus(values, problems)
    if "event_sources" in values:
        values["event_sources"] = event_sources(values["event_sources"], values.get("functions", {}), problems)
    if environ.get(MASTER_KEY):
        values["encryption"] = EncryptionSettings(master_key=environ[MASTER_KEY])
    mail = ses_from_environment(values.get("ses") or SesSettings(), environ, problems)
    values["ses"] = with_smtp_ports(mail, bool(values.get("access_keys")))
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def _check_event_bus(values: Mapping[str, Any], problems: list[str]) -> None:
    events, endpoints = values.get("events"), values.get("endpoints") or Endpoints()
    if events is not None and events.url is None and events.queue_arn is None and endpoints.of(BUS) is None:
        problems.append(f'events.target: "{BUS}" needs an endpoint: [endpoints] {BUS} = "http://..."')


# The settings that every source may give, by their name.
_FIELDS: dict[str, Kind] = {
    "host": Kind("a host name or an address", text(r"\S+")),
    "port": whole(0, 65_535),
    "db": Kind(
        "sqlite:///FILE or postgresql://USER@HOST/DATABASE",
        text(r"(sqlite:///|postgresql(\+psycopg)?://)\S.*"),
        secret=True,
    ),
    "account": Kind("12 digits in quotes", text(r"[0-9]{12}")),
    "region": Kind("a region such as us-east-1", text(r"[a-z]{2,}(-[a-z0-9]+)+")),
    "public_url": Kind("http://HOST[:PORT] or https://HOST[:PORT]", text(r"https?://[^\s/?#@]+")),
    "allow_reset": BOOLEAN,
    "allow_unknown_services": BOOLEAN,
    "test_controls": BOOLEAN,
}

# The sections of the file: name -> (value, where, folder of the file, environment, problems) -> field of Settings.
_SECTIONS: dict[str, Callable[[Any, str, Path, Mapping[str, str], list[str]], Any]] = {
    "functions": read_functions,
    "endpoints": read_endpoints,
    "connections": read_connections,
    "events": read_events,
    "event_sources": read_event_sources,
    "buckets": read_buckets,
    "encryption": read_encryption,
    "ses": read_ses,
    "access_keys": read_access_keys,
    "sns": read_sns,
    "firehose": read_firehose,
}


def _chosen_file(environ: Mapping[str, str], file: Path | None) -> Path | None:
    if file is not None:
        return file
    if environ.get("STATEWRIGHT_CONFIG"):
        return Path(environ["STATEWRIGHT_CONFIG"])
    usual = Path(FILE_NAME)
    return usual if usual.exists() else None


def _from_file(file: Path | None, environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        document = tomllib.loads(_content(file))
    except (OSError, ValueError) as error:  # a TOMLDecodeError is a ValueError
        problems.append(f"{file}: {error.strerror if isinstance(error, OSError) else error}")
        return {}
    plain = {key: value for key, value in document.items() if key not in _SECTIONS}
    values = read_table(plain, _FIELDS, f"{file}: ", problems, also_known=_SECTIONS)
    for name, section in _SECTIONS.items():
        if name in document:
            values[name] = section(document[name], f"{file}: {name}", file.resolve().parent, environ, problems)
    return values


def _content(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(limits.SETTINGS_BYTES_MAX + 1)
    if len(content) > limits.SETTINGS_BYTES_MAX:
        raise ValueError(f"larger than {limits.SETTINGS_BYTES_MAX} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"not UTF-8 text (line {line})") from None


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    variables = {_PREFIX + name.upper(): name for name in _FIELDS}
    values: dict[str, Any] = {}
    for variable, given in environ.items():
        if variable in variables and not _SERVICE_LINK.fullmatch(f"{variable}={given}"):
            kind = _FIELDS[variables[variable]]
            read_value(kind, kind.parse(given), variable, values, variables[variable], problems)
        elif variable.startswith(_PREFIX) and not _is_known(variable, given):
            problems.append(f"{variable}: unknown variable{hint(variable, [*variables, *sorted(OTHER_VARIABLES)])}")
    return values


def _is_known(variable: str, given: str) -> bool:
    return variable in OTHER_VARIABLES or _SERVICE_LINK.fullmatch(f"{variable}={given}") is not None


def _from_flags(flags: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, given in flags.items():
        flag = "--" + name.replace("_", "-")
        if name not in _FIELDS:
            problems.append(f"{flag}: unknown setting{hint(name, _FIELDS)}")
        elif given is not None:
            value = _FIELDS[name].parse(given) if isinstance(given, str) else given
            read_value(_FIELDS[name], value, flag, values, name, problems)
    return values
