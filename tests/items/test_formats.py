"""JSON, JSON Lines and delimited text: what is read, what is refused, and that neither pages nor chunks show."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.items.request import DELIMITERS, Format, ReadError
from tests.items.memory import pages, request, small_pages, store_of, values

CSV, JSON, JSONL = Format("CSV"), Format("JSON"), Format("JSONL")


def read(body: bytes | str, format: Format) -> list[Any]:
    return values(store_of(body.encode() if isinstance(body, str) else body), request(key="k", format=format))


ROWS: list[tuple[Format, str, list[Any]]] = [
    (CSV, "a,b\n1,2\n3,4", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
    (CSV, "a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
    (CSV, "a,b\r1,2\r", [{"a": "1", "b": "2"}]),
    (CSV, "a,b\n\n1,2\n\n", [{"a": "1", "b": "2"}]),
    (CSV, "a,b\n1\n1,2,3\n", [{"a": "1", "b": ""}, {"a": "1", "b": "2"}]),
    (CSV, 'a,b\n"x,\ny","say ""hi"""\n', [{"a": "x,\ny", "b": 'say "hi"'}]),
    (CSV, 'a,b\n"",\n', [{"a": "", "b": ""}]),
    (CSV, 'a,b\n{""k"":""v""},5" pipe\n', [{"a": '{"k":"v"}', "b": '5" pipe'}]),
    (CSV, "path,size\nC:\\\\Program Files\\\\MyApp.exe,6\n", [{"path": "C:\\Program Files\\MyApp.exe", "size": "6"}]),
    (CSV, 'a,b\nx\\,y,\\"q\\"\n', [{"a": "x,y", "b": '"q"'}]),
    (CSV, "a,b\nx\\ny,\\\n", [{"a": "xny", "b": ""}]),
    (CSV, 'a,b\n"x\\"y",z\\', [{"a": 'x"y', "b": "z"}]),
    (CSV, 'a\n"never closed', [{"a": "never closed"}]),
    (CSV, "\ufeffa\n1\n", [{"a": "1"}]),
    (CSV, "", []),
    (CSV, "a,b\n", []),
    (Format("CSV", headers=("a", "b")), "1,2\n", [{"a": "1", "b": "2"}]),
    (Format("CSV", "|"), "a|b\n1,1|\\|\n", [{"a": "1,1", "b": "|"}]),
    (Format("CSV", "\t"), "a\tb\n1 1\t2\n", [{"a": "1 1", "b": "2"}]),
    (Format("CSV", " "), "a b\n1  2\n", [{"a": "1", "b": ""}]),
    (Format("CSV", ";"), "a;b\n1;2\n", [{"a": "1", "b": "2"}]),
    (JSONL, '{"n": 1}\n\n2\r\n"three"', [{"n": 1}, 2, "three"]),
    (JSONL, "\ufeff1\n", [1]),
    (JSONL, "18446744073709551617\n", [18446744073709551617]),
    (JSON, '[1, {"a": [2]}, "x", null]', [1, {"a": [2]}, "x", None]),
    (JSON, " [ ] ", []),
    (JSON, "\ufeff[1]\n", [1]),
    (JSON, '{"a": 1, "b": [2]}', [{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]),
    (JSON, "{}", []),
    (Format("JSON", pointer="/a"), '{"z": [[["]"]]], "a": [1, 2], "after": not even JSON', [1, 2]),
    (Format("JSON", pointer="/a~1b/1"), '{"a/b": [0, [7]]}', [7]),
    (Format("JSON", pointer="/a~0"), '{"a~": {"k": 1}}', [{"Key": "k", "Value": 1}]),
    (Format("JSON", pointer=""), "[1]", [1]),
]


@pytest.mark.parametrize(("format", "body", "wanted"), ROWS)
@pytest.mark.parametrize("chunk", [1, 3, 1_000])
def test_read(monkeypatch: pytest.MonkeyPatch, format: Format, body: str, wanted: list[Any], chunk: int) -> None:
    monkeypatch.setattr(limits, "READER_CHUNK_BYTES", chunk)
    assert read(body, format) == wanted


REFUSED = [
    (CSV, "a,a\n1,2\n", "CSV headers cannot contain duplicates."),
    (Format("CSV", headers=("x", "x")), "", "CSV headers cannot contain duplicates."),
    (CSV, "h" * (limits.READER_HEADER_BYTES_MAX + 1) + "\n", "The headers of a CSV object take more than"),
    (CSV, b"a\n\xff\n", "not valid CSV"),
    (JSONL, "1\n{\n", "not valid JSONL"),
    (JSONL, b"\xff\n", "not valid JSONL"),
    (JSON, "1", "Attempting to map over non-iterable node."),
    (JSON, '"text"', "Attempting to map over non-iterable node."),
    (JSON, "", "not valid JSON: unexpected end"),
    (JSON, "[1", "not valid JSON: unexpected end"),
    (JSON, '["a', "not valid JSON: unexpected end"),
    (JSON, '[{"a": "]', "not valid JSON: unexpected end"),
    (JSON, "[1 2]", "not valid JSON: expected ','"),
    (JSON, "[,1]", "not valid JSON: expected a value"),
    (JSON, "[1,]", "not valid JSON"),
    (JSON, "[1] 2", "unexpected content behind the end"),
    (JSON, "{1: 2}", "not valid JSON: expected a name"),
    (JSON, '{"a" 2}', "not valid JSON: expected ':'"),
    (JSON, "[tru]", "not valid JSON"),
    (JSON, "[{]}]", "not valid JSON"),
    (JSON, b'["\xff"]', "not valid JSON"),
    (JSON, "[" * 600 + "]" * 600, "nesting depth"),
    (Format("JSON", pointer="/a"), "{}", "ItemsPointer '/a' does not lead to a value"),
    (Format("JSON", pointer="/2"), "[1, 2]", "ItemsPointer '/2' does not lead to a value"),
    (Format("JSON", pointer="/x"), "[1, 2]", "ItemsPointer '/x' does not lead to a value"),
    (Format("JSON", pointer="/a/b"), '{"a": 1}', "ItemsPointer '/a/b' does not lead to a value"),
    (Format("JSON", pointer="/a"), '{"a": 1}', "Attempting to map over non-iterable node."),
]


@pytest.mark.parametrize(("format", "body", "text"), REFUSED, ids=range(len(REFUSED)))
def test_refused(format: Format, body: str | bytes, text: str) -> None:
    with pytest.raises(ReadError) as error:
        read(body, format)
    assert text in str(error.value)


@pytest.mark.parametrize("format", [CSV, JSONL, JSON])
def test_an_item_that_is_too_long_is_not_held(monkeypatch: pytest.MonkeyPatch, format: Format) -> None:
    monkeypatch.setattr(limits, "READER_ITEM_BYTES_MAX", 1_000)
    monkeypatch.setattr(limits, "READER_CHUNK_BYTES", 100)
    store = store_of(b'["' + b"a" * 100_000)
    with pytest.raises(ReadError, match="longer than 1000 bytes"):
        values(store, request(key="k", format=format))
    assert sum(store.asked) < 3_000


def test_a_row_that_goes_on_for_ever_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READER_ITEM_BYTES_MAX", 1_000)
    monkeypatch.setattr(limits, "READER_CHUNK_BYTES", 100)
    store = store_of(b'a\n"' + b"line\n" * 20_000)
    with pytest.raises(ReadError, match="longer than 1000 bytes"):
        values(store, request(key="k", format=CSV))
    assert sum(store.asked) < 3_000


# ---- against whole-file parsers ----

_CELL = st.text(st.sampled_from("ab ,;|\t\"'\n\ré"), max_size=6)
_TABLE = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), max_size=12))
_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('a"\\[]{},:é\n'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 9), st.booleans())  # items of a page, bytes of a chunk, reopened


def read_in_pages(body: bytes, format: Format, shape: tuple[int, int, bool]) -> list[Any]:
    items, chunk, reopened = shape
    with pytest.MonkeyPatch.context() as patch:
        small_pages(patch, items, chunk)
        found = list(pages(store_of(body), request(key="k", format=format), reopened=reopened))
    assert all(len(page) == items for page in found[:-1])
    return [item.value for page in found for item in page]


@given(_TABLE, st.sampled_from(sorted(DELIMITERS.values())), st.sampled_from(["\n", "\r\n", "\r"]), _SHAPES)
def test_delimited_as_the_csv_module_has_it(
    table: list[list[str]], delimiter: str, ends: str, shape: tuple[int, int, bool]
) -> None:
    headers = tuple(f"h{column}" for column in range(len(table[0]) if table else 1))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=ends, quoting=csv.QUOTE_ALL).writerows([headers, *table])
    body = out.getvalue()
    rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))[1:]
    wanted = [dict(zip(headers, row, strict=True)) for row in rows]
    assert (
        read_in_pages(body.encode(), Format("CSV", delimiter), shape)
        == wanted
        == [dict(zip(headers, row, strict=True)) for row in table]
    )


@given(st.lists(st.lists(st.text(st.sampled_from("ab é'"), min_size=1, max_size=4), min_size=2, max_size=2)), _SHAPES)
def test_bare_fields_as_the_csv_module_has_them(table: list[list[str]], shape: tuple[int, int, bool]) -> None:
    body = "".join(",".join(row) + "\n" for row in table)
    wanted = [dict(zip("xy", row, strict=True)) for row in csv.reader(io.StringIO(body))]
    assert read_in_pages(body.encode(), Format("CSV", headers=("x", "y")), shape) == wanted


@given(st.lists(_VALUE, max_size=12), st.sampled_from(["\n", "\n\n", "\r\n"]), st.booleans(), _SHAPES)
def test_json_lines(items: list[Any], ends: str, ended: bool, shape: tuple[int, int, bool]) -> None:
    body = ends.join(json.dumps(item, ensure_ascii=False) for item in items) + (ends if ended else "")
    assert read_in_pages(body.encode(), JSONL, shape) == items


@given(st.lists(_VALUE, max_size=12), st.sampled_from([None, 1]), _SHAPES)
def test_arrays(items: list[Any], indent: int | None, shape: tuple[int, int, bool]) -> None:
    body = json.dumps(items, ensure_ascii=False, indent=indent)
    assert read_in_pages(body.encode(), JSON, shape) == items


@given(st.dictionaries(st.text(max_size=4), _VALUE, max_size=8), _VALUE, _SHAPES)
def test_members_behind_a_pointer(members: dict[str, Any], before: Any, shape: tuple[int, int, bool]) -> None:
    body = json.dumps({"before": before, "here": {"x": [before, members]}}, indent=2)
    found = read_in_pages(body.encode(), Format("JSON", pointer="/here/x/1"), shape)
    assert found == [{"Key": key, "Value": value} for key, value in members.items()]


_NOISE = st.lists(
    st.sampled_from(
        [b"[", b"]", b"{", b"}", b'"', b"\\", b",", b":", b"\n", b"\r", b"a", b"1", b"\xff", b"null", b" "]
    ),
    max_size=30,
).map(b"".join)


@given(_NOISE | st.binary(max_size=60), st.sampled_from([CSV, JSON, JSONL, Format("JSON", pointer="/a/0")]), _SHAPES)
def test_noise_gives_items_or_a_ReadError(body: bytes, format: Format, shape: tuple[int, int, bool]) -> None:
    try:
        items = read_in_pages(body, format, shape)
    except ReadError as error:
        assert str(error)
    else:
        assert json.loads(json.dumps(items)) == items
        assert items == read(body, format)  # in one page as in many
