"""Parquet: each row an object. Needs pyarrow, the extra `parquet`; read a group of rows at a time, some rows at once.

What JSON has no type for becomes text: times in ISO 8601, bytes in base64 where they are no UTF-8.
"""

import base64
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from engine.items.chunks import Content
from engine.items.record import Record
from engine.items.request import ReadError

MISSING = "PARQUET needs pyarrow: pip install 'statewright[parquet]'"
_ROWS_AT_ONCE = 100


def installed() -> bool:
    return find_spec("pyarrow") is not None


def parquet(content: Content, mark: str) -> Iterator[Record]:
    """The rows behind `mark`, which is how many there are before them. Raises ReadError."""
    if not installed():
        raise ReadError(MISSING)
    before = int(mark or 0)
    arrow = import_module("pyarrow")
    try:
        file = import_module("pyarrow.parquet").ParquetFile(_File(content), pre_buffer=False)
        first = 0
        for group in range(file.metadata.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if before < first + rows:
                yield from _group(file, group, first, before)
            first += rows
    except (arrow.ArrowException, OSError) as error:
        raise ReadError(f"The data of the ItemReader is not valid PARQUET: {error}") from None


def _group(file: Any, group: int, first: int, before: int) -> Iterator[Record]:
    number = first
    for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, row_groups=[group], use_threads=False):
        size = batch.nbytes // max(batch.num_rows, 1)
        if number + batch.num_rows > before:
            for offset, row in enumerate(batch.to_pylist()):
                if number + offset >= before:
                    yield Record(_plain(row), str(number + offset + 1), size)
        number += batch.num_rows


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):  # a map is a list of pairs
        return [_plain(member) for member in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return _text(value)
    return None if isinstance(value, float) and value != value else value


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


class _File(io.RawIOBase):
    """The content as a file."""

    def __init__(self, content: Content):
        self._content = content
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._content.size}[whence]
        self._place = origin + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = max(self._content.size - self._place, 0)
        wanted = left if size < 0 else min(size, left)
        found = self._content.get(self._place, wanted) if wanted else b""
        self._place += len(found)
        return found
