"""The ItemBatcher of a distributed Map, compiled.

Source: AWS Step Functions, "ItemBatcher (Map)": at least one of the two bounds; BatchInput is a template.
"""

from typing import Any

from engine import limits
from engine.asl.fields import Fields
from engine.asl.model import ItemBatcher

_BOUNDS = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
_FIELDS = frozenset({*_BOUNDS, *(f"{name}Path" for name in _BOUNDS), "BatchInput", "Comment"})


def compile_batcher(fields: Fields) -> ItemBatcher | None:
    """The batcher of a Map that has one; None after a finding."""
    batcher = fields.inner("ItemBatcher", fields.value["ItemBatcher"])
    before = batcher.findings.failed
    for name in batcher.value:
        if name not in _FIELDS or (batcher.jsonata and name.endswith("Path")):
            batcher.findings.schema(f"Field '{name}' is not supported", batcher.location)
    for name in _BOUNDS:
        _check_bound(batcher, name)
        if name in batcher and f"{name}Path" in batcher:
            text = f"There should only be one of the following fields: [{name}, {name}Path]"
            batcher.findings.schema(text, batcher.location)
    if not any(name in batcher or f"{name}Path" in batcher for name in _BOUNDS):
        text = "The ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch"
        batcher.findings.schema(text, batcher.location)
    if batcher.findings.failed and not before:
        return None
    return ItemBatcher(
        max_items=batcher.number("MaxItemsPerBatch"),
        max_bytes=batcher.number("MaxInputBytesPerBatch"),
        batch_input=batcher.template("BatchInput"),
    )


def _check_bound(batcher: Fields, name: str) -> None:
    path = batcher.value.get(f"{name}Path", "$")
    if not isinstance(path, str):
        batcher.findings.schema("Expected value of type String", batcher.at(f"{name}Path"))
    value: Any = batcher.value.get(name, 1)
    if isinstance(value, str) and batcher.jsonata:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        batcher.findings.schema("Expected value of type Integer", batcher.at(name))
    elif value < 1 or (name == "MaxInputBytesPerBatch" and value > limits.PAYLOAD_BYTES_MAX):
        batcher.findings.schema("Value is out of range", batcher.at(name))
