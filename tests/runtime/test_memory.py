"""What a batch leaves behind: nothing that only the garbage collector could free."""

import gc
from collections.abc import Iterator

import pytest

from engine.core.execution import Execution
from engine.store.database import Database
from tests.runtime.engine import only, running

pytestmark = pytest.mark.anyio


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def in_memory() -> list[str]:
    return [found.arn for found in gc.get_objects() if type(found) is Execution]


async def test_an_ended_execution_goes_with_its_batch(database: Database, without_collector: None) -> None:
    async with running(database) as engine:
        asleep = await engine.start(await engine.machine("w", only({"Type": "Wait", "Seconds": 9})))
        ended = await engine.start(await engine.machine("m", only({"Type": "Pass"})))
        await engine.ended(ended)
        await engine.shell.post(lambda tx: None)  # by now the batch before is over
        assert asleep in in_memory()
        assert ended not in in_memory()
