"""The prepared database."""

from pathlib import Path

import pytest

from tests.simulation.prepared import prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulation") / "prepared.db"
    prepare(path)
    return path
