"""JSON Lines: each line a value; empty ones are passed over."""

from collections.abc import Iterator

from engine import jsontext
from engine.items.chunks import OpenAt, lines
from engine.items.record import Record
from engine.items.request import ReadError

BOM = b"\xef\xbb\xbf"


def json_lines(open_at: OpenAt, mark: str) -> Iterator[Record]:
    start = int(mark or 0)
    for line, position in lines(open_at(start), start):
        text = line.removeprefix(BOM) if position == len(line) else line
        if not text.isspace() and text:
            yield Record(parsed(text), str(position), len(line))


def parsed(text: bytes, input_type: str = "JSONL") -> object:
    try:
        return jsontext.loads(text.decode())
    except (jsontext.JsonError, UnicodeDecodeError) as error:
        raise ReadError(f"The data of the ItemReader is not valid {input_type}: {error}") from None
