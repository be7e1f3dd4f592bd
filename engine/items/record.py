"""An item as it stands in an object."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """`mark`: where to go on behind it, for the reader of its format. `size_bytes`: about what it takes."""

    value: Any
    mark: str
    size_bytes: int
    key: str | None = None
