"""The crash proof: 200 executions, 20 kills, and every acknowledged one has finished once.

A failure prints the seed of the kills.
"""

import os

import pytest

from tests.chaos.client import Client
from tests.chaos.functions import Functions
from tests.chaos.proof import check_executions, check_store
from tests.chaos.server import Server
from tests.chaos.storm import Storm


@pytest.mark.timeout(300)
def test_two_hundred_executions_over_twenty_kills(server: Server, functions: Functions, client: Client) -> None:
    prove(server, functions, client, executions=200, kills=20)


@pytest.mark.chaos
@pytest.mark.timeout(3_600)
def test_two_thousand_executions_over_a_hundred_kills(server: Server, functions: Functions, client: Client) -> None:
    prove(server, functions, client, executions=2_000, kills=100)


def prove(server: Server, functions: Functions, client: Client, executions: int, kills: int) -> None:
    seed = int(os.environ.get("CHAOS_SEED", "0")) or int.from_bytes(os.urandom(4))
    print(f"CHAOS_SEED={seed}")
    storm = Storm(server, functions, executions, kills, seed)
    storm.run()
    check_executions(storm, client)
    assert server.stop() == 0, server.log
    check_store(storm)
    assert "Traceback" not in server.log, server.log
