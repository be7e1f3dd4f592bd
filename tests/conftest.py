"""Tests that are coroutines run on asyncio, as the server does. Examples of properties may take their time: how long
they take, and how long it takes to make them up, says what else this machine does and not whether the code is right."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
