"""ResultPath: where a result is put, what is shared, and where it cannot be put."""

import copy
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine.errors import StateError
from engine.query.path import PathNotFound, compile_path
from engine.query.result_path import conflict, first_misfit, put
from tests.query import given

CASES: list[tuple[Any, str, Any]] = [
    ({"a": 1}, "$", "new"),
    (None, "$", "new"),
    ({}, "$.a", {"a": "new"}),
    ({"a": 1, "b": 2}, "$.a", {"a": "new", "b": 2}),
    ({"a": {"x": 1}}, "$.a.y", {"a": {"x": 1, "y": "new"}}),
    ({"a": 1}, "$.b.c.d", {"a": 1, "b": {"c": {"d": "new"}}}),
    ({"a": [1, 2]}, "$.a[1]", {"a": [1, "new"]}),
    ({"a": [{"x": 1}, 2]}, "$.a[0].y", {"a": [{"x": 1, "y": "new"}, 2]}),
    ([1, 2], "$[0]", ["new", 2]),
    ({}, "$['a b']['c.d']", {"a b": {"c.d": "new"}}),
]

REFUSED: list[tuple[Any, str, str]] = [
    ("input1", "$.someTaskResult", 'Unable to apply ReferencePath $.someTaskResult to input "input1"'),  # Qiita
    (None, "$.a", "Unable to apply ReferencePath $.a to input null"),
    ([1], "$.a.b", "Unable to apply ReferencePath $.a.b to input [1]"),
    ({"a": 1}, "$.a.b", 'Unable to apply step "b" to input {"a":1}'),
    ({"a": None}, "$.a.b", 'Unable to apply step "b" to input {"a":null}'),
    ({"a": [1, 2]}, "$.a[2]", 'Unable to apply step "[2]" to input {"a":[1,2]}'),
    ({"a": {}}, "$.a[0]", 'Unable to apply step "[0]" to input {"a":{}}'),
    ({}, "$.a[0]", 'Unable to apply step "[0]" to input {}'),
]


@pytest.mark.parametrize(("data", "path", "result"), CASES)
def test_puts(data: Any, path: str, result: Any) -> None:
    before = copy.deepcopy(data)
    assert put(data, compile_path(path), "new") == result
    assert data == before


@pytest.mark.parametrize(("data", "path", "cause"), REFUSED)
def test_refuses_where_a_step_does_not_fit(data: Any, path: str, cause: str) -> None:
    before = copy.deepcopy(data)
    with pytest.raises(StateError) as caught:
        put(data, compile_path(path), "new")
    assert (caught.value.name, caught.value.cause) == ("States.ReferencePathConflict", cause)
    assert data == before


@pytest.mark.parametrize("path", ["$$.a", "$$", "$.a[*]", "$..a", "$.a[-1]", "$['a','b']"])
def test_only_reference_paths_into_the_data(path: str) -> None:
    with pytest.raises(ValueError, match="not a reference path"):
        put({}, compile_path(path), 1)


def test_only_what_is_on_the_way_is_copied() -> None:
    data: dict[str, Any] = {"a": {"x": [1]}, "b": [{"y": 1}, {"z": 2}]}
    found = put(data, compile_path("$.b[0].y"), 5)
    assert found["a"] is data["a"]
    assert found["b"][1] is data["b"][1]
    value: list[Any] = []
    assert put(data, compile_path("$.c"), value)["c"] is value


@for_all(given.objects, st.lists(given.names, min_size=1, max_size=4), given.documents)
def test_what_was_put_is_found(data: Any, names: list[str], value: Any) -> None:
    path = compile_path("$" + "".join(given.quoted(name) for name in names))
    before = copy.deepcopy(data)
    try:
        found = put(data, path, value)
    except StateError as error:
        assert error.name == "States.ReferencePathConflict"
    else:
        assert path.find(given.scope(found)) is value
        assert {name: member for name, member in found.items() if name != names[0]} == {
            name: member for name, member in data.items() if name != names[0]
        }
    assert data == before


@pytest.mark.parametrize(
    ("data", "path", "cause"),
    [
        ({"bucket": "b"}, "$.chunks", 'Unable to apply step "chunks" to input {"bucket":"b"}'),  # shown by users
        (
            {"discovery": {"statusCode": 500}},
            "$.discovery.objects",
            'Unable to apply step "objects" to input {"discovery":{"statusCode":500}}',
        ),
        ({"a": [[1]]}, "$.a[0][1].b", 'Unable to apply step "[1]" to input {"a":[[1]]}'),
        ({"a": [1]}, "$.a.b", 'Unable to apply step "b" to input {"a":[1]}'),
        ("text", "$.a", 'Unable to apply step "a" to input "text"'),
    ],
)
def test_says_which_step_leads_nowhere(data: Any, path: str, cause: str) -> None:
    compiled = compile_path(path)
    with pytest.raises(PathNotFound):
        compiled.find(given.scope(data))
    error = conflict(compiled, first_misfit(compiled, data), data)
    assert (error.name, error.cause) == ("States.ReferencePathConflict", cause)
