"""Parquet, where pyarrow is installed (the extra `parquet`); and what is said where it is not."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.items import parquet as module
from engine.items.request import Format, ReadError
from tests.items.memory import pages, request, small_pages, store_of, values

PARQUET = request(key="k", format=Format("PARQUET"))


def written(rows: list[dict[str, Any]], **options: Any) -> bytes:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(arrow.Table.from_pylist(rows), out, **options)
    return out.getvalue()


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ReadError, match=r"pip install 'statewright\[parquet\]'"):
        values(store_of(b""), PARQUET)


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("items", [1, 7, 1_000])
def test_rows_over_groups(monkeypatch: pytest.MonkeyPatch, items: int, reopened: bool) -> None:
    rows = [{"n": number, "s": f"row {number}", "l": [number]} for number in range(250 if items > 1 else 12)]
    small_pages(monkeypatch, items, chunk=64)
    store = store_of(written(rows, row_group_size=120))
    found = [item.value for page in pages(store, PARQUET, reopened=reopened) for item in page]
    assert found == rows


def test_types_that_json_has_not() -> None:
    row = {
        "when": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        "day": date(2026, 11, 22),
        "price": Decimal("1.50"),
        "whole": Decimal("2.00"),
        "text": b"abc",
        "bytes": b"\xff",
        "nothing": None,
        "nan": float("nan"),
        "inner": {"x": [b"y"]},
    }
    (found,) = values(store_of(written([row])), PARQUET)
    assert found == {
        "when": "2026-11-22T12:00:00+00:00",
        "day": "2026-11-22",
        "price": 1.5,
        "whole": 2,
        "text": "abc",
        "bytes": "/w==",
        "nothing": None,
        "nan": None,
        "inner": {"x": ["y"]},
    }


def test_what_is_no_parquet() -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(ReadError, match="not valid PARQUET"):
        values(store_of(b"PAR1 and so on, but not really"), PARQUET)
