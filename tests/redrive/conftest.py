"""The server of the tests of the API, and servers to be killed; over SQLite and over Postgres."""

from tests.api.conftest import api, caller, endpoint, lonely, other_account
from tests.chaos.conftest import db, postgres_url

__all__ = ["api", "caller", "db", "endpoint", "lonely", "other_account", "postgres_url"]
