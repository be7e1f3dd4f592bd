"""A server that answers as a test tells it, in place of AWS and of other people's HTTP."""

from collections.abc import Iterator

import pytest

from tests.integrations.scripted import Scripted, scripted

AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture(scope="module")
def scripted_server() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture
def script(scripted_server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Told nothing yet; and who calls it has no keys of AWS."""
    for name in AWS_KEYS:
        monkeypatch.delenv(name, raising=False)
    scripted_server.reset()
    return scripted_server
