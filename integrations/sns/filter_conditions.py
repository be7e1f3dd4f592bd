"""What a condition of a filter policy is, and what is wrong with one. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Scalar = str | int | float | bool | None
Test = Callable[[Scalar], bool]


class PolicyError(ValueError):
    """A filter policy that AWS refuses; the message says why."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`test` looks at one value of the key; `absent`: the condition holds where the key is not there."""

    test: Test
    absent: bool = False


def kind(value: Any) -> str:
    """`string`, `number`, `boolean`, `null`, or the container's name."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "null" if value is None else type(value).__name__
