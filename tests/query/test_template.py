"""Payload templates: what they render, what they share, and all that is wrong with one."""

from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine import limits
from engine.errors import StateError
from engine.query.template import TemplateSyntaxError, compile_template, compile_value
from tests.query import given

DATA = {"a": 1, "items": [{"n": 1}, {"n": 2}], "o": {"k": None}, "text": "abc"}
INVALID = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"

RENDERED: list[tuple[Any, Any]] = [
    ({}, {}),
    (
        {"x": 1, "y": "$.a", "z": ["States.UUID()", {"$.a": "$.a"}]},
        {"x": 1, "y": "$.a", "z": ["States.UUID()", {"$.a": "$.a"}]},
    ),
    ({"x.$": "$.a"}, {"x": 1}),
    ({"x.$": "$"}, {"x": DATA}),
    ({"item.$": "$.items[0]"}, {"item": {"n": 1}}),  # recorded
    ({"item.$": "$.items[9]"}, {"item": None}),  # recorded: an index beyond the array is null
    ({"item.$": "$.no.items[:1]"}, {"item": []}),  # recorded
    ({"id.$": "$$.Execution.Id", "c.$": "$$"}, {"id": "arn:e", "c": given.CONTEXT}),
    ({"f.$": "States.Format('{}-{}', $.a, $.text)"}, {"f": "1-abc"}),
    ({"a": {"b": [{"c.$": "$.a"}, 7, {"d": {"e.$": "$.o.k"}}]}}, {"a": {"b": [{"c": 1}, 7, {"d": {"e": None}}]}}),
    ({"after": 1, "x.$": "$.a", "before": 2}, {"after": 1, "x": 1, "before": 2}),
    ({".$": "$.a"}, {"": 1}),
    ({"x.$.$": "$.a"}, {"x.$": 1}),
    ([{"x.$": "$.a"}, None], [{"x": 1}, None]),
    ("$.a", "$.a"),
    (None, None),
]


@pytest.mark.parametrize(("template", "value"), RENDERED)
def test_renders(template: Any, value: Any) -> None:
    rendered = compile_template(template).render(given.scope(DATA))
    assert rendered == value
    if isinstance(value, dict):
        assert list(rendered) == list(value)


def test_what_is_constant_is_shared() -> None:
    inner = {"b": [1, {"c": 2}]}
    template = compile_template({"a": inner, "x.$": "$.a", "list": [inner, {"y.$": "$.items"}]})
    first, second = template.render(given.scope(DATA)), template.render(given.scope(DATA))
    assert not template.constant
    assert first["a"] is second["a"] is first["list"][0] is inner
    assert first["list"][1]["y"] is DATA["items"]
    assert compile_template(inner).constant
    assert compile_template(inner).render(given.scope(None)) is inner


@pytest.mark.parametrize("path", ["$", "$.a", "$[0]", "$..a"])
def test_no_path_leads_into_null(path: str) -> None:
    """Shown by a user of AWS, of Parameters with `$` after a function that returned null."""
    template = compile_template({"x.$": path, "y": 1})
    with pytest.raises(StateError) as caught:
        template.render(given.scope(None))
    assert caught.value.name == "States.Runtime"
    assert caught.value.cause == "Unable to apply Path transformation to null or empty input."
    assert compile_template({"id.$": "$$.Execution.Id"}).render(given.scope(None)) == {"id": "arn:e"}


MISSING: list[tuple[Any, Any, str, str]] = [
    ({"x.$": "$.x"}, {"b": 1}, "$.x", "x.$"),
    ({"a": [{"value.$": "$.no.deep"}]}, {"other": 1}, "$.no.deep", "value.$"),
    ({"x.$": "$.items[3].n"}, {"items": []}, "$.items[3].n", "x.$"),
]


@pytest.mark.parametrize(("template", "data", "path", "field"), MISSING)
def test_a_path_that_leads_nowhere_fails_with_the_input(template: Any, data: Any, path: str, field: str) -> None:
    with pytest.raises(StateError) as caught:
        compile_template(template).render(given.scope(data))
    shown = str(data).replace("'", '"').replace(" ", "")
    assert caught.value.name == "States.Runtime"
    assert caught.value.cause == (
        f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{shown}'"
    )


def test_a_path_into_the_context_that_leads_nowhere_shows_the_context() -> None:
    template = compile_template({"value.$": "$$.Execution.Input.no_such_jsonpath"})
    with pytest.raises(StateError) as caught:
        template.render(given.scope({}, {"Execution": {"Input": {}}}))
    assert caught.value.cause == (
        "The JSONPath '$$.Execution.Input.no_such_jsonpath' specified for the field 'value.$' "
        'could not be found in the input \'{"Execution":{"Input":{}}}\''
    )


def test_all_problems_are_found_each_at_the_object_that_has_the_field() -> None:
    template = {
        "bad.$": "x",
        "fine.$": "$.a",
        "in/ner": {"worse.$": "States.Nope()", "list": [1, {"number.$": 5}]},
        "v.$": "$1st",
        "twice": 1,
        "twice.$": "$.a",
    }
    with pytest.raises(TemplateSyntaxError) as caught:
        compile_template(template)
    assert [(problem.pointer, problem.message) for problem in caught.value.problems] == [
        ("", INVALID.format("bad.$")),
        ("/in~1ner", INVALID.format("worse.$")),
        ("/in~1ner/list/1", INVALID.format("number.$")),
        ("", INVALID.format("v.$")),
        ("", "The fields 'twice' and 'twice.$' give the same name twice"),
    ]
    assert "no name of a variable" in caught.value.problems[3].detail


@pytest.mark.parametrize(
    ("text", "value"),
    [("$.text", "abc"), ("$$.Execution.Id", "arn:e"), ("States.Format('!{}', $.text)", "!abc"), ("$.items[7]", None)],
)
def test_a_field_of_one_expression(text: str, value: Any) -> None:
    assert compile_value(text, "CausePath").render(given.scope(DATA)) == value


def test_a_field_of_one_expression_that_fails() -> None:
    with pytest.raises(StateError) as caught:
        compile_value("$.x", "CausePath").render(given.scope({}))
    assert caught.value.cause == (
        "The JSONPath '$.x' specified for the field 'CausePath' could not be found in the input '{}'"
    )
    with pytest.raises(StateError) as nameless:
        compile_value("$.x").render(given.scope({}))
    assert nameless.value.cause == "Invalid path '$.x' : No results for path: $['x']"
    for text in ("x", "", 5):
        with pytest.raises(TemplateSyntaxError) as refused:
            compile_value(text, "CausePath")
        assert [(p.pointer, p.message) for p in refused.value.problems] == [("", INVALID.format("CausePath"))]


def test_a_small_template_cannot_render_without_bound() -> None:
    large = {"text": "x" * 200_000}
    few = compile_template({f"{n}.$": "$" for n in range(20)})
    assert len(few.render(given.scope(large))) == 20
    many = compile_template({f"{n}.$": "$" for n in range(100)})
    with pytest.raises(StateError) as caught:
        many.render(given.scope(large))
    assert caught.value.name == "States.DataLimitExceeded"
    nested = compile_template({"x.$": f"States.Array({', '.join(['$'] * 100)})"})
    with pytest.raises(StateError):
        nested.render(given.scope(large))
    assert compile_template({f"{n}.$": "$" for n in range(100)}).render(given.scope(7)) == {
        str(n): 7 for n in range(100)
    }


def test_a_template_that_nests_too_deeply_is_refused() -> None:
    deep: Any = {"x.$": "$"}
    for _ in range(limits.EXPRESSION_DEPTH_MAX - 1):
        deep = {"a": deep}
    compile_template(deep).render(given.scope(1))
    with pytest.raises(TemplateSyntaxError) as caught:
        compile_template({"a": [deep]})
    assert "nests at most" in caught.value.problems[0].message


@for_all(given.documents, given.documents)
def test_a_template_without_expressions_is_itself(template: Any, data: Any) -> None:
    assert compile_template(template).render(given.scope(data)) is template


@for_all(
    st.dictionaries(
        given.names,
        st.dictionaries(
            given.names.map(lambda name: name + ".$"),
            st.sampled_from(["$", "$.a", "$..a", "$$", "States.UUID()", "$["]),
        ),
        max_size=3,
    ),
    given.documents,
)
def test_any_template_renders_or_gives_a_documented_error(template: Any, data: Any) -> None:
    try:
        rendered = compile_template(template).render(given.scope(data))
    except (TemplateSyntaxError, StateError):
        return
    assert set(rendered) == set(template)
