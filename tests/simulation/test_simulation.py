"""The simulation itself: every seed of the run and every seed that has ever found something.

A failure names its seed; SIMULATION_SEED=n replays it alone, SIMULATION_SEEDS=n plays so many (SIMULATION_FROM on).
"""

import logging
from pathlib import Path

import pytest

from tests.simulation.prepared import small_limits
from tests.simulation.run import asked_seeds, failure, kept_seeds

SEEDS = 600
CHUNK = 50

SEEDS_TO_PLAY = asked_seeds(SEEDS)
CHUNKS = [SEEDS_TO_PLAY[at : at + CHUNK] for at in range(0, len(SEEDS_TO_PLAY), CHUNK)]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A lost batch is logged; here thousands are lost on purpose."""
    caplog.set_level(logging.CRITICAL, "statewright")


def _play_all(prepared: Path, folder: Path, seeds: list[int]) -> None:
    with small_limits():
        failures = [found for seed in seeds if (found := failure(prepared, folder, seed)) is not None]
    assert not failures, "\n".join([f"{len(failures)} of {len(seeds)} seeds failed; the first one:", failures[0]])


@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_seeds(prepared: Path, tmp_path: Path, seeds: list[int]) -> None:
    _play_all(prepared, tmp_path, seeds)


def test_seeds_that_found_something(prepared: Path, tmp_path: Path) -> None:
    seeds = kept_seeds()
    assert seeds
    _play_all(prepared, tmp_path, seeds)
