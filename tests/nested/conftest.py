"""The server of the API's tests, and machines that start others."""

from tests.api.conftest import api, caller, endpoint, lonely, other_account

__all__ = ["api", "caller", "endpoint", "lonely", "other_account"]
