"""The server of the tests of the API, and servers to be killed; over SQLite and over Postgres."""

from tests.api.conftest import api, caller, endpoint, lonely, other_account
from tests.chaos.conftest import client, db, postgres_url
from tests.chaos.conftest import plain_server as server

__all__ = ["api", "caller", "client", "db", "endpoint", "lonely", "other_account", "postgres_url", "server"]
