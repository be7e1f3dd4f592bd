"""Variables in paths, templates and intrinsic functions: `$name`, `$name.path[0]`."""

import random
from typing import Any

import pytest

from engine.errors import StateError
from engine.moment import Moment
from engine.query.path import PathNotFound, PathSyntaxError, compile_path
from engine.query.scope import Scope
from engine.query.template import compile_template, compile_value

VARIABLES = {
    "x": 42,
    "order": {"id": "o-1", "lines": [{"price": 3}, {"price": 5}], "none": None},
    "größe_2": "L",
    "空": [1, 2],
}


def scope(variables: Any = VARIABLES) -> Scope:
    return Scope({"x": "data"}, {"Execution": {}}, Moment(0, random.Random(0)), variables)


FOUND: list[tuple[str, Any]] = [
    ("$x", 42),
    (" $x ", 42),
    ("$order.id", "o-1"),
    ("$order['id']", "o-1"),
    ("$order.lines[1].price", 5),
    ("$order.lines[*].price", [3, 5]),
    ("$order..price", [3, 5]),
    ("$order.lines[?(@.price > 3)]", [{"price": 5}]),
    ("$order.none", None),
    ("$größe_2", "L"),
    ("$空[0]", 1),
    ("$.x", "data"),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_finds(text: str, expected: Any) -> None:
    assert compile_path(text).find(scope()) == expected


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("$y", "The variable '$y' has not been assigned"),
        ("$y.a", "The variable '$y' has not been assigned"),
        ("$y[*]", "The variable '$y' has not been assigned"),
        ("$order.missing", "No results for path: $['missing']"),
        ("$order.lines[7]", "No results for path: $['lines'][7]"),
    ],
)
def test_leads_nowhere(text: str, detail: str) -> None:
    with pytest.raises(PathNotFound) as caught:
        compile_path(text).find(scope())
    assert caught.value.detail == detail


@pytest.mark.parametrize(
    ("text", "variable", "definite", "reference"),
    [
        ("$x", "x", True, True),
        ("$x.a[0]", "x", True, True),
        ("$x[*]", "x", False, False),
        ("$" + "v" * 80, "v" * 80, True, True),
        ("$.x", None, True, True),
        ("$$.x", None, True, True),
    ],
)
def test_kinds(text: str, variable: str | None, definite: bool, reference: bool) -> None:
    path = compile_path(text)
    assert (path.variable, path.definite, path.reference, path.whole) == (variable, definite, reference, False)


@pytest.mark.parametrize("text", ["$1x", "$x-y", "$x y", "$" + "v" * 81, "$x.", "$²"])
def test_refuses(text: str) -> None:
    with pytest.raises(PathSyntaxError):
        compile_path(text)


def test_a_template_knows_its_variables() -> None:
    template = compile_template(
        {
            "a.$": "$x",
            "b": [{"c.$": "States.Format('{}-{}', $order.id, States.MathAdd($x, 1))"}],
            "d.$": "$.x",
            "e": "$not.evaluated",
        }
    )
    assert template.variables == {"x", "order"}
    assert template.render(scope()) == {"a": 42, "b": [{"c": "o-1-43"}], "d": "data", "e": "$not.evaluated"}
    assert compile_value("$order.lines").variables == {"order"}
    assert compile_template({"a": 1}).variables == frozenset()


def test_an_unknown_variable_fails_a_template() -> None:
    with pytest.raises(StateError) as caught:
        compile_template({"a.$": "$nope"}).render(scope())
    assert caught.value.name == "States.Runtime"
    assert caught.value.cause == (
        "The JSONPath '$nope' specified for the field 'a.$' could not be found in the input '{\"x\":\"data\"}'"
    )


def test_variables_are_built_once_and_only_when_asked_for() -> None:
    asked = []

    def build() -> dict[str, Any]:
        asked.append(1)
        return {"x": 1}

    lazy = scope(build)
    assert compile_path("$.x").find(lazy) == "data" and not asked
    assert compile_template({"a.$": "$x", "b.$": "$x"}).render(lazy) == {"a": 1, "b": 1}
    assert len(asked) == 1


def test_states_are_built_once_and_follow_the_context() -> None:
    context = {"Execution": {"Name": "e"}}
    lazy = Scope({}, context, Moment(0, random.Random(0)), states=lambda: {"input": 1, "context": context})
    assert lazy.states == {"input": 1, "context": context}
    assert lazy.stating("result", 2).states == {"input": 1, "context": context, "result": 2}
    inner = lazy.within({"Map": {}})
    assert inner.context == {"Map": {}} and inner.states == {"input": 1, "context": {"Map": {}}}
    assert scope().within({"Map": {}}).states == {}
