"""JSON text in and out: what is read can be written again, and is the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.jsontext import JsonError, dumps, loads

WIDE = 12345678901234567890123  # an integer beyond 64 bits takes another way through

UNREADABLE = ["1E400", "-1e999", "NaN", "Infinity", '"\\ud800"', "[1,]", "01"]
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(st.none() | st.booleans() | NUMBERS | st.text(), lambda inner: st.lists(inner, max_size=5))


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("beside", [1, WIDE])
def test_what_could_not_be_written_again_is_not_read(text: str, beside: int) -> None:
    with pytest.raises(JsonError):
        loads(f"[{text}, {beside}]")


@given(value=VALUES, beside=st.sampled_from([1, WIDE]))
def test_what_is_read_is_written_the_same(value: Any, beside: int) -> None:
    read = loads(json.dumps([value, beside]))
    assert read == [value, beside]
    assert loads(dumps(read)) == read
