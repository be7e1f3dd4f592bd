"""What a reader of a distributed Map's items gives: items, a page at a time, and where the next page begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """`source`: `S3://bucket/key`, or STATE_DATA for what is no reader's. `key`: of a member of a JSON object."""

    value: Any
    source: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`next_cursor` None: there is nothing behind these items."""

    items: Sequence[Item]
    next_cursor: str | None
