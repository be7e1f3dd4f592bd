"""Filters: which items of an array they accept, by Jayway's rules."""

from typing import Any

import pytest

from engine.errors import StateError
from engine.query.path import compile_path
from tests.query import given

ITEMS: list[dict[str, Any]] = [
    {"id": 0, "n": 1, "s": "one", "b": True, "t": ["x", "y"], "o": {"k": 1}},
    {"id": 1, "n": 2.0, "s": "two", "b": False, "t": []},
    {"id": 2, "n": "1", "s": "", "z": None, "t": ["x"]},
    {"id": 3, "s": "Three", "o": {}},
]

CASES: list[tuple[str, list[int]]] = [
    ("@.n == 1", [0, 2]),  # a text and a number are equal when they read the same
    ("@.n == '1'", [0, 2]),
    ("@.n == 2", [1]),
    ("@.n === 1", [0]),
    ("@.n !== 1", [1, 2, 3]),
    ("@.s == 'one'", [0]),
    ('@.s == "one"', [0]),
    ("'one' == @.s", [0]),
    ("@['s']=='one'", [0]),
    ("@.s!='one'", [1, 2, 3]),
    ("@.no != 1", [0, 1, 2, 3]),  # what is missing equals nothing
    ("@.no == @.nope", []),
    ("@.z == null", [2]),
    ("@.n == null", []),
    ("@.b == true", [0]),
    ("@.b == 1", []),
    ("@.b", [0, 1]),  # existence, whatever the value
    ("@.z", [2]),
    ("!@.b", [2, 3]),
    ("!(@.b)", [2, 3]),
    ("@.o.k", [0]),
    ("@.t[1]", [0]),
    ("@.n < 2", [0]),
    ("@.n <= 2", [0, 1]),
    ("@.n > 1", [1]),
    ("@.n >= 1", [0, 1]),
    ("@.s < 'p'", [0, 2, 3]),
    ("@.s >= 'two'", [1]),
    ("@.b < true", []),
    ("@.s =~ /o.*/", [0]),
    ("@.s =~ /.*o.*/", [0, 1]),
    ("@.s =~ /T.*/i", [1, 3]),
    ("@.n =~ /\\d/", [0, 2]),
    ("/one/ =~ @.s", [0]),
    ("@.s =~ 'one'", []),
    ("@.n in [1, 'x']", [0, 2]),
    ("@.s IN ['one','two']", [0, 1]),
    ("@.s nin ['one','two']", [2, 3]),
    ("@.s in @.t", []),
    ("'x' in @.t", [0, 2]),
    ("@.t contains 'x'", [0, 2]),
    ("@.s contains 'o'", [0, 1]),
    ("@.t subsetof ['x']", [1, 2]),
    ("@.t anyof ['x','q']", [0, 2]),
    ("@.t noneof ['y']", [1, 2]),
    ("@.t all ['x','y']", [0]),
    ("@.t size 1", [2]),
    ("@.s size 3", [0, 1]),
    ("@.o size 1", [0]),
    ("@.t empty true", [1]),
    ("@.s empty false", [0, 1, 3]),
    ('@.o == {"k": 1}', [0]),
    ("@.t == ['x', 'y']", [0]),
    ("@.t == []", [1]),
    ("@.t.length() == 2", []),
    ("@.id == $.wanted", [1]),
    ("@.id in $..wanted", [1]),
    ("@.b && @.n == 1", [0]),
    ("@.b || @.z", [0, 1, 2]),
    ("@.z || @.b && @.n == 1", [0, 2]),
    ("(@.z || @.b) && @.n == 1", [0, 2]),
    ("!(@.z || @.b)", [3]),
    ("@.s == 'x' && !(@.b) || @.id > 2", [3]),
    ("@.id==1||@.id==2", [1, 2]),
    ("@.t[?(@ == 'y')] == ['y']", [0]),
    ("true", [0, 1, 2, 3]),
    ("false", []),
    ("@.s == '\\u006f\\'ne'", []),
    ("@", [0, 1, 2, 3]),
]


@pytest.mark.parametrize(("condition", "accepted"), CASES, ids=[condition for condition, _ in CASES])
def test_accepts(condition: str, accepted: list[int]) -> None:
    found = compile_path(f"$.items[?({condition})].id").find(given.scope({"items": ITEMS, "wanted": 1}))
    assert found == accepted


def test_the_recorded_filter() -> None:
    document = {"users": [{"year": 1997, "status": 0}, {"year": 1998, "status": 1}]}
    assert compile_path("$.users[?(@.status == 0)]").find(given.scope(document)) == [{"year": 1997, "status": 0}]


def test_a_filter_on_an_object_is_about_the_object() -> None:
    document = {"a": {"k": 1}, "b": {"k": 2}, "c": [{"k": 1, "d": {"k": 1}}]}
    assert compile_path("$.a[?(@.k == 1)]").find(given.scope(document)) == [{"k": 1}]
    assert compile_path("$.b[?(@.k == 1)]").find(given.scope(document)) == []
    assert compile_path("$..[?(@.k == 1)]").find(given.scope(document)) == [
        {"k": 1},
        {"k": 1, "d": {"k": 1}},
        {"k": 1},
    ]


def test_numbers_are_compared_exactly() -> None:
    document = {"items": [{"n": 2**60}, {"n": 2**60 + 1}]}
    assert compile_path(f"$.items[?(@.n == {2**60 + 1})]").find(given.scope(document)) == [{"n": 2**60 + 1}]


def test_a_long_condition_is_no_recursion() -> None:
    scope = given.scope({"items": [1, 2]})
    assert compile_path("$.items[?(" + "&&".join(["@>0"] * 1_900) + ")]").find(scope) == [1, 2]
    assert compile_path("$.items[?(" + "||".join(["@>1"] * 1_900) + ")]").find(scope) == [2]


BIG = "x" * 100_000
EXPENSIVE: list[tuple[str, Any]] = [
    ("@ in [" + ",".join(["0"] * 2_000) + "]", [1] * 20_000),
    ("@ subsetof $.list", [[2] * 1_000] * 2_000),
    ("@ == $.list", [[1] * 1_000] * 20_000),
    ("$.big contains @", ["y"] * 20_000),
]


@pytest.mark.parametrize(("condition", "items"), EXPENSIVE, ids=[condition[:20] for condition, _ in EXPENSIVE])
def test_the_work_of_a_filter_is_bounded(condition: str, items: Any) -> None:
    path = compile_path(f"$.items[?({condition})]")
    with pytest.raises(StateError) as caught:
        path.find(given.scope({"items": items, "list": [1] * 1_000, "big": BIG}))
    assert caught.value.name == "States.Runtime"
