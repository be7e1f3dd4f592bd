"""ItemBatcher: the items of a distributed Map in groups, each the input of one child.

A group is as large as both bounds let it be. An item that is too large for a group of its own fails the Map.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.asl.model import ItemBatcher, Number
from engine.core.values import evaluated_number, whole_number
from engine.errors import StateError
from engine.jsontext import dumps, size_bytes
from engine.query.path import Path, PathNotFound
from engine.query.scope import Scope


@dataclass(frozen=True, slots=True)
class Batcher:
    """`most` items and `room` bytes of them, as JSON with commas between; `given`: what stands beside them."""

    most: int
    room: int
    given: dict[str, Any]

    def size_of(self, value: Any) -> int:
        """The bytes of an item. Raises StateError for one that no batch can hold."""
        size = size_bytes(dumps(value))
        if size > self.room:
            text = "An item is larger than a batch may be (MaxInputBytesPerBatch, with its BatchInput)."
            raise StateError("States.Runtime", text)
        return size

    def input_of(self, items: list[Any]) -> dict[str, Any]:
        """The input of the child that gets these items."""
        return {**self.given, "Items": items}


def evaluated(batcher: ItemBatcher, scope: Scope) -> Batcher:
    """What the fields of an ItemBatcher come to. Raises StateError."""
    most = _bound(batcher.max_items, scope, "MaxItemsPerBatch") or limits.BATCH_ITEMS_MAX
    most_bytes = _bound(batcher.max_bytes, scope, "MaxInputBytesPerBatch") or limits.PAYLOAD_BYTES_MAX
    given = {} if batcher.batch_input is None else {"BatchInput": batcher.batch_input.render(scope)}
    room = min(most_bytes, limits.PAYLOAD_BYTES_MAX) - size_bytes(dumps({**given, "Items": []}))
    return Batcher(most, room, given)


def batched(batcher: ItemBatcher, items: Sequence[Any], scope: Scope) -> list[dict[str, Any]]:
    """The inputs of the children. Raises StateError."""
    made = evaluated(batcher, scope)
    return [made.input_of(group) for group in _groups(items, made)]


def _groups(items: Sequence[Any], batcher: Batcher) -> Iterator[list[Any]]:
    group: list[Any] = []
    used = 0
    for item in items:
        size = batcher.size_of(item)
        if group and (len(group) >= batcher.most or used + 1 + size > batcher.room):
            yield group
            group, used = [], 0
        used += size + (1 if group else 0)
        group.append(item)
    if group:
        yield group


def _bound(value: Number | None, scope: Scope, field: str) -> int | None:
    if value is None or isinstance(value, int):
        return value
    if not isinstance(value, Path):
        return evaluated_number(value, scope, field, least=1)
    try:
        found = whole_number(value.find(scope), value.text, f"{field}Path")
    except PathNotFound as missing:
        raise StateError("States.Runtime", value.invalid_path_cause(missing.detail)) from None
    if found == 0:
        raise StateError("States.Runtime", f"The {field}Path parameter must be positive: {value.text} == 0")
    return found
