"""One server for the tests that do not stop it."""

from collections.abc import Iterator

import pytest

from tests.http.running import Running, running


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    with running() as found:
        yield found
