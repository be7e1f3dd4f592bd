"""The server of the tests of the API, over SQLite and over Postgres."""

from tests.api.conftest import api, caller, endpoint

__all__ = ["api", "caller", "endpoint"]
