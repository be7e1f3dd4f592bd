"""What the protocols compile from a service's model: once, when it is first needed.

readers = ByOperation(service, make)      readers["SendMessage"]      made of the operation's model
Closures()(key, make)                     a function made of a shape, also where the shape contains itself
"""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from engine.wire.service import Service

Made = TypeVar("Made")
Function = TypeVar("Function", bound=Callable[..., Any])


class ByOperation(dict[str, Made]):
    """By the name of the operation."""

    def __init__(self, service: Service, make: Callable[[OperationModel], Made]):
        super().__init__()
        self._service = service
        self._make = make

    def __missing__(self, operation: str) -> Made:
        made = self[operation] = self._make(self._service.operation(operation))
        return made


class Closures(Generic[Function]):
    """Functions of shapes, by what tells them apart."""

    def __init__(self) -> None:
        self._done: dict[Hashable, Function] = {}

    def __call__(self, key: Hashable, make: Callable[[], Function]) -> Function:
        done = self._done
        if key not in done:
            done[key] = lambda *arguments: done[key](*arguments)  # type: ignore[assignment] # for a shape within itself
            done[key] = make()
        return done[key]


def by_kind(
    shape: Shape,
    structure: Callable[[StructureShape], Made],
    of_list: Callable[[ListShape], Made],
    of_map: Callable[[MapShape], Made],
    scalar: Callable[[Shape], Made],
) -> Made:
    """What is made of a shape of this kind."""
    if isinstance(shape, StructureShape):
        return structure(shape)
    if isinstance(shape, ListShape):
        return of_list(shape)
    if isinstance(shape, MapShape):
        return of_map(shape)
    return scalar(shape)
