"""One seed, from its copy of the database to the verdict; and which seeds a test run plays."""

import os
import traceback
from pathlib import Path

from tests.simulation.prepared import copy
from tests.simulation.simulation import Simulation
from tests.simulation.verdict import judge

SEEDS_FILE = Path(__file__).parent / "seeds.txt"


def play(prepared: Path, folder: Path, seed: int) -> Simulation:
    """Run a seed and judge it. Raises AssertionError, or whatever the engine raised."""
    simulation = Simulation(str(copy(prepared, folder)), seed)
    simulation.run()
    try:
        judge(simulation)
    finally:
        simulation.close()
    return simulation


def failure(prepared: Path, folder: Path, seed: int) -> str | None:
    """What is wrong with a seed; None where nothing is."""
    try:
        play(prepared, folder, seed)
    except Exception:
        return f"seed {seed}: replay with SIMULATION_SEED={seed}\n{traceback.format_exc()}"
    return None


def kept_seeds() -> list[int]:
    """The seeds that found something once."""
    lines = [line.partition("#")[0].strip() for line in SEEDS_FILE.read_text().splitlines()]
    return [int(line) for line in lines if line]


def asked_seeds(count: int) -> list[int]:
    """SIMULATION_SEED: that one alone. SIMULATION_SEEDS: so many, from SIMULATION_FROM on."""
    if "SIMULATION_SEED" in os.environ:
        return [int(os.environ["SIMULATION_SEED"])]
    first = int(os.environ.get("SIMULATION_FROM", "0"))
    return list(range(first, first + int(os.environ.get("SIMULATION_SEEDS", count))))
