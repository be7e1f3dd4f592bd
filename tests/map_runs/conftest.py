"""The server of the tests of the API, and servers to be killed; over SQLite and over Postgres."""

from tests.api.conftest import api, caller, endpoint
from tests.chaos.conftest import client, db, postgres_url
from tests.chaos.conftest import plain_server as server

__all__ = ["api", "caller", "client", "db", "endpoint", "postgres_url", "server"]
