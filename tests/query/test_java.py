"""What of Java shows through: how numbers and values print, the names of classes, equality."""

from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine.errors import StateError
from engine.query import java
from engine.query.sameness import canonical, same
from tests.query import given


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (1.1, "1.1"),
        (100.25, "100.25"),
        (0.001, "0.001"),
        (0.0012345, "0.0012345"),
        (0.0001, "1.0E-4"),
        (9999999.5, "9999999.5"),
        (1e7, "1.0E7"),
        (1e10, "1.0E10"),
        (123456789.123, "1.23456789123E8"),
        (-1.5e-7, "-1.5E-7"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_doubles_print_as_in_java(number: float, text: str) -> None:
    assert java.double(number) == text


@for_all(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_double_is_the_same_double(number: float) -> None:
    assert float(java.double(number)) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        ("a 'b'", "a 'b'"),
        ([], "[]"),
        ({}, "{}"),
        ([1, "a", None, [2.5]], "[1, a, null, [2.5]]"),
        ({"a": {"b": [1, 2]}, "c": "x"}, "{a={b=[1, 2]}, c=x}"),
    ],
)
def test_values_print_as_in_java(value: Any, text: str) -> None:
    assert java.text(value) == text


def test_known_numbers_of_java_util_random() -> None:
    assert java.JavaRandom(42).next_double() == 0.7275636800328681
    zero = java.JavaRandom(0)
    assert [zero.next_below(100) for _ in range(5)] == [60, 48, 29, 47, 15]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1, True),
        (1, True, False),
        (0, False, False),
        (1, 1.0, False),
        (1, "1", False),
        (None, False, False),
        ([1, {"a": [True]}], [1, {"a": [True]}], True),
        ([1, {"a": [True]}], [1, {"a": [1]}], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        (2**70, 2**70, True),
        ({"b": 2**70, "a": 1}, {"a": 1, "b": 2**70}, True),
        ("\ud800", "\ud800", True),
    ],
)
def test_values_are_equal_as_in_java(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal


@for_all(given.documents, given.documents)
def test_a_canonical_text_is_a_key(one: Any, other: Any) -> None:
    if canonical(one) == canonical(other):
        assert one == other
    assert same(one, one)


def test_what_nests_without_end_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert len(java.text(deep)) == 10_002
    with pytest.raises(StateError):
        canonical(deep)
