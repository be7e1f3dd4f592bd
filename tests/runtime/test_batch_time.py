"""A commit is closed when its time is up: who stands behind other people's loops waits for one of them, not for all."""

from typing import Any

import pytest

from engine.runtime.clock import WallClock
from engine.runtime.kernel import Kernel, Request
from engine.runtime.transaction import BatchTransaction
from engine.store.database import Database
from engine.store.leases import acquire
from tests.runtime.engine import FakeActions


def counting(done: list[int], number: int) -> Request:
    def operation(tx: BatchTransaction) -> Any:
        done.append(number)
        return number

    return Request(operation, savepoint=False)


@pytest.mark.parametrize(("seconds", "answered"), [(float("inf"), 5), (-1.0, 1)])
def test_a_batch_answers_as_many_as_its_time_allows_and_one_at_least(
    database: Database, seconds: float, answered: int
) -> None:
    lease = acquire(database, 0)
    try:
        done: list[int] = []
        kernel = Kernel(database, lease, FakeActions([]), WallClock(), batch_seconds=seconds)
        answers, _ = kernel.process([counting(done, number) for number in range(5)])
        assert [answer.value for answer in answers] == done == list(range(answered))
    finally:
        lease.release()
