"""The names that a Moment gives."""

import random
import uuid

from engine.moment import Moment

MOMENT = Moment(1_795_000_000_000, random.Random(7))


def test_a_uuid_is_a_version_4_one_and_new_each_time() -> None:
    names = {MOMENT.uuid() for _ in range(100)}
    assert len(names) == 100
    assert all(uuid.UUID(name).version == 4 and uuid.UUID(name).variant == uuid.RFC_4122 for name in names)


def test_an_ordered_uuid_begins_with_the_time() -> None:
    names = [MOMENT.later(after).ordered_uuid() for after in range(100)]
    assert names == sorted(names)
    for after, name in enumerate(names):
        read = uuid.UUID(name)
        assert (read.version, read.variant) == (7, uuid.RFC_4122)
        assert str(read) == name
        assert read.int >> 80 == MOMENT.epoch_ms + after


def test_ordered_uuids_of_one_moment_differ() -> None:
    assert len({MOMENT.ordered_uuid() for _ in range(1_000)}) == 1_000
