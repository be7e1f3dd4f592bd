"""Keys: they grow within a shard whatever the clock does, and say their shard."""

from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.runtime.keys import KeyMaker, shard_of

SHARDS = st.integers(0, limits.SHARDS - 1)
TIMES = st.integers(0, 4_000_000_000_000)


@given(st.lists(st.tuples(SHARDS, TIMES), min_size=1))
def test_keys_of_a_shard_grow_and_no_two_are_the_same(asked: list[tuple[int, int]]) -> None:
    maker = KeyMaker()
    made = [(shard, maker.next(shard, now_ms)) for shard, now_ms in asked]
    assert len({key for _, key in made}) == len(made)
    assert all(key % limits.SHARDS == shard and 0 <= key < 2**63 for shard, key in made)
    for shard in range(limits.SHARDS):
        keys = [key for found, key in made if found == shard]
        assert keys == sorted(keys)


@given(st.integers(0, 2**62), SHARDS, TIMES)
def test_no_key_is_at_or_below_one_in_use(used: int, shard: int, now_ms: int) -> None:
    maker = KeyMaker()
    maker.start_above(used)
    assert maker.next(shard, now_ms) > used


def test_a_later_start_has_a_greater_key_in_every_shard() -> None:
    maker = KeyMaker()
    before = [maker.next(shard, 1_000) for shard in range(limits.SHARDS)]
    after = [maker.next(shard, 1_001) for shard in range(limits.SHARDS)]
    assert max(before) < min(after)


def test_shards_are_used_alike() -> None:
    found = [shard_of(f"arn:aws:states:us-east-1:000000000000:execution:m:{n}") for n in range(16_000)]
    assert {found.count(shard) // 250 for shard in range(limits.SHARDS)} <= {3, 4}
