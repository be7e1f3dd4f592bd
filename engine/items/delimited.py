"""Delimited text, CSV and its like: each row an object of texts, named by the headers.

    within quotes      everything up to the next quote; line ends and delimiters too
    a quote            ends what a quote at the front of a field began; doubled it stands for one, anywhere
    a backslash        goes; a quote, a backslash or a delimiter behind it stands for itself

A row that is too short is filled up with empty texts, what is too much of a long one is left out; empty lines are none.
Source: AWS Step Functions, "How Step Functions parses input CSV files". (Python's csv module keeps doubled quotes in a
field that does not begin with one, as AWS's example has it: `{""MyKey"":""MyValue""}`.)
"""

import re
from collections.abc import Callable, Iterator

from engine import limits
from engine.items.chunks import OpenAt, lines
from engine.items.json_lines import BOM
from engine.items.record import Record
from engine.items.request import DELIMITERS, Format, ReadError

_QUOTED = re.compile(r'[^"\\]*')
_BARE = {delimiter: re.compile(rf'[^"\\\r\n{re.escape(delimiter)}]*') for delimiter in DELIMITERS.values()}


def delimited(open_at: OpenAt, format: Format, mark: str) -> Iterator[Record]:
    """The rows behind `mark`. Raises ReadError."""
    if format.headers is None:
        headers, first = _first_row(open_at, format.delimiter)
    else:
        headers, first = list(format.headers), 0
    if len(set(headers)) < len(headers):
        raise ReadError("CSV headers cannot contain duplicates.")
    for row, position, size in _rows(open_at, format.delimiter, int(mark) if mark else first):
        values = row[: len(headers)] + [""] * (len(headers) - len(row))
        yield Record(dict(zip(headers, values, strict=True)), str(position), size)


def _first_row(open_at: OpenAt, delimiter: str) -> tuple[list[str], int]:
    for row, position, _ in _rows(open_at, delimiter, 0):
        if position > limits.READER_HEADER_BYTES_MAX:
            raise ReadError(f"The headers of a CSV object take more than {limits.READER_HEADER_BYTES_MAX} bytes.")
        return row, position
    return [], 0


def _rows(open_at: OpenAt, delimiter: str, start: int) -> Iterator[tuple[list[str], int, int]]:
    """Rows, the position behind each, and how many bytes it takes."""
    behind = before = start
    found = lines(open_at(start), start, old_ends=True)

    def more() -> str | None:
        """The next line of a field that goes on."""
        nonlocal behind
        line, behind = next(found, (b"", behind))
        if behind - before > limits.READER_ITEM_BYTES_MAX:
            raise ReadError(f"An item is longer than {limits.READER_ITEM_BYTES_MAX} bytes.")
        return _text(line) if line else None

    for line, position in found:
        behind = position
        text = _text(line.removeprefix(BOM) if position == len(line) else line)
        if not text.strip("\r\n"):
            before = behind
            continue
        if '"' in text or "\\" in text:
            row = split_row(text, delimiter, more)
        else:
            row = text.rstrip("\r\n").split(delimiter)
        yield row, behind, behind - before
        before = behind


def split_row(text: str, delimiter: str, more: Callable[[], str | None]) -> list[str]:
    """The fields of a row that begins with the line `text`; `more` gives the next line, None behind the last."""
    fields: list[str] = []
    place = 0
    while True:
        field, text, place = _field(text, place, delimiter, more)
        fields.append(field)
        if text[place : place + 1] != delimiter:
            return fields
        place += 1


def _field(text: str, place: int, delimiter: str, more: Callable[[], str | None]) -> tuple[str, str, int]:
    """A field, and where it ends: in which line, and at which place, that of a delimiter or of the line's end."""
    bare = _BARE[delimiter]
    quoted = text.startswith('"', place)
    place += quoted
    parts: list[str] = []
    while True:
        run = (_QUOTED if quoted else bare).match(text, place)
        assert run is not None  # both take an empty text
        parts.append(run[0])
        place = run.end()
        if place == len(text) and quoted and (line := more()) is not None:
            text, place = line, 0
        elif text.startswith("\\", place):
            escaped = text[place + 1 : place + 2] if quoted else text[place + 1 : place + 2].strip("\r\n")
            parts.append(escaped)
            place += 1 + len(escaped)
        elif text.startswith('""', place):
            parts.append('"')
            place += 2
        elif text.startswith('"', place):
            if not quoted:
                parts.append('"')
            quoted = False
            place += 1
        else:
            return "".join(parts), text, place


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise ReadError(f"The data of the ItemReader is not valid CSV: {error}") from None
