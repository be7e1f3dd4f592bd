"""Tests that are coroutines run on asyncio, as the server does. Examples of properties may take their time: how long
they take, and how long it takes to make them up, says what else this machine does and not whether the code is right."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


# What takes longest begins first: two processes share the files, and neither should be left with a long one at the end.
_FIRST = ("tests/chaos/", "tests/simulation/", "tests/map_runs/", "tests/redrive/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in _FIRST])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
