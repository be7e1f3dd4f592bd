"""Names inside: an execution's shard, and the key that is appended at the end of every table.

A key is `stamp << 4 | shard`, where the stamp is the time in milliseconds with a counter below it and never goes back
within a shard. A shard has one owner at a time, so keys are unique over nodes too.
"""

import zlib

from engine import limits

_COUNTER_BITS = 12
_SHARD_BITS = (limits.SHARDS - 1).bit_length()


def shard_of(arn: str) -> int:
    return zlib.crc32(arn.encode()) % limits.SHARDS


def first_key_at(epoch_ms: int) -> int:
    """No key that was given before this time is as large."""
    return epoch_ms << (_COUNTER_BITS + _SHARD_BITS)


class KeyMaker:
    """Gives the next key of a shard."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = [0] * limits.SHARDS

    def next(self, shard: int, epoch_ms: int) -> int:
        stamp = max(self._last[shard] + 1, epoch_ms << _COUNTER_BITS)
        self._last[shard] = stamp
        return stamp << _SHARD_BITS | shard

    def start_above(self, key: int) -> None:
        """Never give a key that is in use, whatever the clock says."""
        self._last = [max(last, key >> _SHARD_BITS) for last in self._last]
