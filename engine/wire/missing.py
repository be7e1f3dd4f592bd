"""Required parameters, as SQS and EC2 miss them: the first that is not there, by its name in the Query protocol.

    MissingParameter: The request must contain the parameter SendMessageBatchRequestEntry.2.Id.

EC2's sentence has no full stop (`end`). Both judge the values of parameters in their operations, with errors of their
own; only this stands in the models. Tokens that SDKs generate are never missed.
"""

from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine.errors import ServiceError
from engine.wire.form_values import Names

Find = Callable[[Any], str | None]  # a value -> the path of what is missing in it


def compile_missing(shape: Shape | None, names: Names, end: str = ".") -> Callable[[dict[str, Any]], None]:
    """What raises ServiceError MissingParameter for a request without a required parameter."""
    find = None if shape is None else _Compiler(names).find(shape)
    if find is None:
        return lambda request: None

    def check(request: dict[str, Any]) -> None:
        missing = find(request)
        if missing is not None:
            raise ServiceError("MissingParameter", f"The request must contain the parameter {missing}{end}")

    return check


class _Compiler:
    """Compiles shapes; one that contains itself is looked into once."""

    def __init__(self, names: Names):
        self._names = names
        self._under_way: set[str] = set()

    def find(self, shape: Shape) -> Find | None:
        if shape.name in self._under_way:
            return None
        self._under_way.add(shape.name)
        found: Find | None = None
        if isinstance(shape, StructureShape):
            found = self._structure(shape)
        elif isinstance(shape, ListShape):
            found = _among(lambda value: enumerate(value, 1), self.find(shape.member))
        elif isinstance(shape, MapShape):
            found = _among(lambda value: enumerate(value.values(), 1), self.find(shape.value), "Value.")
        self._under_way.discard(shape.name)
        return found

    def _structure(self, shape: StructureShape) -> Find | None:
        required = {name for name in shape.required_members if not shape.members[name].metadata.get("idempotencyToken")}
        members = [
            (name, self._names.member(name, member), name in required, self.find(member))
            for name, member in shape.members.items()
        ]
        members = [entry for entry in members if entry[2] or entry[3] is not None]

        def find(value: Any) -> str | None:
            for name, part, must, below in members:
                item = value.get(name)
                if item is None:
                    if must:
                        return part
                elif below is not None and (missing := below(item)) is not None:
                    return f"{part}.{missing}"
            return None

        return find if members else None


def _among(items: Callable[[Any], Any], below: Find | None, between: str = "") -> Find | None:
    if below is None:
        return None

    def find(value: Any) -> str | None:
        for number, item in items(value):
            if (missing := below(item)) is not None:
                return f"{number}.{between}{missing}"
        return None

    return find
