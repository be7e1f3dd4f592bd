"""Rows written many at a time: all of them, in every number that blocks of rows divide differently."""

import pytest

from engine.store import tags
from engine.store.database import Database


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 63, 64, 65, 84, 85, 200])
def test_every_row_is_written_once(database: Database, count: int) -> None:
    wanted = [(f"key-{number:03}", f"value {number}") for number in range(count)]
    again = [(key, "again") for key, _ in wanted]
    with database.writer.transaction() as connection:
        tags.put_many(connection, "arn:one", wanted)
        assert sorted(tags.of_resource(connection, "arn:one")) == wanted
        tags.put_many(connection, "arn:one", again)
        assert sorted(tags.of_resource(connection, "arn:one")) == again
