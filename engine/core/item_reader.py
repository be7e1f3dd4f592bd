"""The ItemReader of a distributed Map, evaluated: what is to be read. The reading itself is the shell's.

Failures are States.ItemReaderFailed, with AWS's texts where they are known.
"""

from typing import Any

from engine.asl.model import ItemReader, Number
from engine.core.execution import Execution
from engine.core.values import as_text, evaluated_number, whole_number
from engine.errors import PlainStateError, StateError
from engine.items.request import ReadRequest
from engine.query.path import Path, PathNotFound
from engine.query.scope import Scope

FAILED = "States.ItemReaderFailed"
# what an argument is called -> the member of a ReadRequest
_MEMBERS = {"Bucket": "bucket", "Key": "key", "VersionId": "version_id", "Prefix": "prefix"}
_OF_OBJECTS = frozenset({"Bucket", "Key", "VersionId"})
_OF_LISTS = frozenset({"Bucket", "Prefix"})


def evaluated(reader: ItemReader, execution: Execution, scope: Scope) -> ReadRequest:
    """What is to be read. Raises StateError."""
    given = {} if reader.arguments is None else reader.arguments.render(scope)
    members = _members(reader, given)
    return ReadRequest(
        **members,
        account=execution.account,
        region=execution.region,
        format=reader.format,
        manifest=reader.manifest,
        most=max_items_field(reader.max_items, scope),
    )


def _members(reader: ItemReader, given: Any) -> dict[str, Any]:
    known, needed = (_OF_LISTS, {"Bucket"}) if reader.lists else (_OF_OBJECTS, {"Bucket", "Key"})
    if not isinstance(given, dict):
        raise PlainStateError(FAILED, f"The arguments of the ItemReader must be an object but were: {as_text(given)}")
    for name in sorted(needed - given.keys()):
        raise PlainStateError(FAILED, f"The ItemReader's argument '{name}' is missing.")
    for name, value in given.items():
        if name not in known:
            raise PlainStateError(FAILED, f"The ItemReader does not take the argument '{name}'.")
        if not isinstance(value, str) or (value == "" and name != "Prefix"):
            raise PlainStateError(
                FAILED, f"The ItemReader's argument '{name}' must be a text but was: {as_text(value)}"
            )
    return {_MEMBERS[name]: value for name, value in given.items()}


def max_items_field(value: Number | None, scope: Scope) -> int | None:
    """MaxItems; None: all."""
    if value is None or isinstance(value, int):
        return value
    if not isinstance(value, Path):
        return evaluated_number(value, scope, "MaxItems", least=1)
    try:
        found = whole_number(value.find(scope), value.text, "MaxItemsPath")
    except PathNotFound as missing:
        raise StateError("States.Runtime", value.invalid_path_cause(missing.detail)) from None
    if found == 0:
        raise PlainStateError(FAILED, "field MaxItems must be positive")
    return found
