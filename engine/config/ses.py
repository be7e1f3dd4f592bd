"""`[ses]`: mail.

[ses]
sandbox = false                                  accounts are out of the sandbox unless an operator put them into it
relay = "smtp://user:password@host:587"          where mail leaves by: STARTTLS where it is offered, a must with a user
relay = "smtps://host:465"                       TLS from the start; without a relay all mail stays in the inbox
resolver = "127.0.0.1:53"                        the DNS server: are domains verified, who are mails that come in from
smtp_port = 2587                                 mail is taken from [access_keys] by SMTP, with STARTTLS
smtps_port = 2465                                the same, with TLS from the start
                                                 these two by default where there are access keys; false: nobody listens
inbound_port = 2525                              mail for verified domains is received, and the receipt rules run
certificate = "mail.pem"                         of the three, with its key; without them one is made, and kept
key = "mail.key"

STATEWRIGHT_SES_SANDBOX goes before `sandbox`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.config.values import BOOLEAN, Kind, read_table, read_value, refuse_unless, text, whole

SMTP_PORT, SMTPS_PORT = 2587, 2465  # AWS's 587 and 465, for those who may not open these
SANDBOX = "STATEWRIGHT_SES_SANDBOX"
_PORTS = {"smtp": 25, "smtps": 465}
_DNS_PORT = 53
_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]+)(:(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """An SMTP server that takes mail for others. `tls`: from the start; without it STARTTLS is used where offered."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SesSettings:
    """`resolver`: host and port of a DNS server. The ports: None, nobody listens. `certificate` and `key`: PEM files,
    both or neither."""

    sandbox: bool = True
    relay: RelaySettings | None = None
    resolver: tuple[str, int] | None = None
    smtp_port: int | None = None
    smtps_port: int | None = None
    inbound_port: int | None = None
    certificate: Path | None = None
    key: Path | None = None


def read_ses(table: Any, where: str, folder: Path, environ: Mapping[str, str], problems: list[str]) -> SesSettings:
    if not isinstance(table, dict):
        problems.append(f"{where}: expected a table with sandbox, relay, ...")
        return SesSettings()
    values = read_table(table, _KEYS, where + ".", problems)
    for name in _FILES & values.keys():
        values[name] = folder / values[name]
        if not values[name].is_file():
            problems.append(f"{where}.{name}: there is no file {str(values[name])!r}")
    if len(_FILES & table.keys()) == 1:
        problems.append(f"{where}: expected both of certificate and key, or neither")
    ports = [values[name] for name in _LISTENING if values.get(name)]
    if len(set(ports)) < len(ports):
        problems.append(f"{where}: expected another port for each of {', '.join(_LISTENING)}")
    return SesSettings(**values)


def ses_from_environment(settings: SesSettings, environ: Mapping[str, str], problems: list[str]) -> SesSettings:
    """What the environment says goes before the file."""
    values: dict[str, Any] = {}
    if SANDBOX in environ:
        read_value(BOOLEAN, BOOLEAN.parse(environ[SANDBOX]), SANDBOX, values, "sandbox", problems)
    return replace(settings, **values)


def with_smtp_ports(settings: SesSettings, logins: bool) -> SesSettings:
    """The ports for sending by SMTP that hold: the usual ones where there are `logins` and nothing else was said."""
    smtp, smtps = (SMTP_PORT, SMTPS_PORT) if logins else (None, None)
    if settings.smtp_port is not None:
        smtp = settings.smtp_port or None
    if settings.smtps_port is not None:
        smtps = settings.smtps_port or None
    return replace(settings, smtp_port=smtp, smtps_port=smtps)


def _read_port(value: Any) -> int:
    """0 for `false`."""
    if value is False:
        return 0
    refuse_unless(type(value) is int and 0 < value < 65_536)
    return int(value)


def _read_relay(value: Any) -> RelaySettings:
    refuse_unless(isinstance(value, str) and re.search(r"[\s\x00-\x1f]", value) is None)
    parts = urlsplit(value)
    refuse_unless(parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0)
    refuse_unless(parts.path in ("", "/") and not parts.query and not parts.fragment)
    refuse_unless((parts.username is None) == (parts.password is None))
    return RelaySettings(
        host=str(parts.hostname),
        port=parts.port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def _read_address(value: Any) -> tuple[str, int]:
    """HOST or HOST:PORT; an IPv6 address stands in brackets."""
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    port = int(found["port"] or _DNS_PORT)
    refuse_unless(0 < port < 65_536)
    return found["host"].strip("[]"), port


_SMTP_PORT = Kind("a whole number from 1 to 65535, or false", _read_port)
_KEYS: dict[str, Kind] = {
    "sandbox": BOOLEAN,
    "relay": Kind(
        '"smtp://HOST:PORT" or "smtps://HOST:PORT", with USER:PASSWORD@ before HOST', _read_relay, secret=True
    ),
    "resolver": Kind('"HOST:PORT" of a DNS server', _read_address),
    "smtp_port": _SMTP_PORT,
    "smtps_port": _SMTP_PORT,
    "inbound_port": whole(1, 65_535),
    "certificate": Kind("the path of a PEM file", text(r"[^\0]+")),
    "key": Kind("the path of a PEM file", text(r"[^\0]+")),
}
_FILES = {"certificate", "key"}
_LISTENING = ("smtp_port", "smtps_port", "inbound_port")
