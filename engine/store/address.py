"""Database URLs: what people write, read strictly, and shown again without its secrets.

    sqlite:///statewright.db      a file, relative to the working folder
    sqlite:////var/lib/sw.db      a file, absolute
    sqlite:///:memory:            a throwaway database
    postgresql://USER:PASSWORD@HOST:PORT/DATABASE

A character that means something in a URL is percent-encoded, in a path (%3F for ?) as in a password (%40 for @).
No message of this file holds a password, not even where the URL cannot be read.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine.store.errors import StoreError

Backend = Literal["sqlite", "postgresql"]

_BACKENDS: dict[str, Backend] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "postgresql+psycopg": "postgresql",
}
_DRIVERS: dict[Backend, str] = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_SECRET_OPTIONS = ("password", "sslpassword")
_FORMS = "Write sqlite:///PATH, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is. `path` is the file of an SQLite database, None for a throwaway one and for Postgres."""

    backend: Backend
    url: URL
    path: str | None = None

    @property
    def shown(self) -> str:
        """The address for people: with `***` where a password is."""
        if self.backend == "sqlite":
            return f"sqlite:///{self.url.database or ':memory:'}"
        options = {name: "***" if name in _SECRET_OPTIONS else value for name, value in self.url.query.items()}
        shown = self.url.set(drivername=self.backend, query=options)
        return shown.render_as_string(hide_password=True).replace("%2A%2A%2A", "***")

    def without_secrets(self, message: str) -> str:
        """A driver's message, with `***` for each secret of this address that it repeats."""
        secrets = [self.url.password, *(self.url.query.get(name) for name in _SECRET_OPTIONS)]
        for secret in secrets:
            if isinstance(secret, str) and secret:
                message = message.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return message


def parse(text: str) -> Address:
    """Read a database URL. Raises StoreError."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # their messages may repeat the URL, password and all
        raise StoreError(f"The database URL cannot be read. {_FORMS}") from None
    backend = _BACKENDS.get(url.drivername)
    if backend is None:
        raise StoreError(f"The database URL begins with '{url.drivername}:', which is not supported. {_FORMS}")
    url = url.set(drivername=_DRIVERS[backend])
    return _sqlite(url) if backend == "sqlite" else _postgresql(url)


def _sqlite(url: URL) -> Address:
    if url.host or url.username or url.port:
        raise StoreError("An SQLite URL has three slashes before its path: sqlite:///statewright.db")
    if url.query:
        raise StoreError(f"An SQLite URL takes no options, but this one has '{next(iter(url.query))}'. {_FORMS}")
    if url.database in (None, "", ":memory:"):
        return Address("sqlite", url)
    return Address("sqlite", url, url.database)


def _postgresql(url: URL) -> Address:
    address = Address("postgresql", url)
    if not url.database:
        raise StoreError(f"The database URL {address.shown} names no database. {_FORMS}")
    return address
