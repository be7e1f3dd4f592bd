"""Fields of JSONata states: what is an expression, the texts and places of failures, what is refused."""

import random
from typing import Any

import pytest

from engine import limits
from engine.errors import QueryEvaluationError
from engine.moment import Moment
from engine.query.jsonata_template import (
    INVALID,
    UNSUPPORTED,
    JsonataProblem,
    JsonataTemplateError,
    compile_jsonata_template,
    compile_jsonata_value,
    is_expression,
)
from engine.query.scope import Scope

INPUT = {"items": [1, 2], "name": "Ada"}


def scope(**variables: Any) -> Scope:
    moment = Moment(1_700_000_000_000, random.Random(0))
    return Scope(INPUT, {}, moment, variables=variables, states={"input": INPUT, "context": {"State": {"Name": "S"}}})


RENDERED: list[tuple[Any, Any]] = [
    ("{% 1 + 1 %}", 2),
    ("{%1%}", 1),
    ("{%\n  $states.input.name\n%}", "Ada"),
    ("{% $states.context.State.Name %}", "S"),
    ("{% $x * 2 %}", 10),
    ("{% null %}", None),
    ({"a": {"b": ["{% $x %}", ["{% $states.input.items %}"]]}}, {"a": {"b": [5, [[1, 2]]]}}),
    ({"{% key %}": "{% 'value' %}"}, {"{% key %}": "value"}),
    (" {% 1 %} ", " {% 1 %} "),
    ("{% 1 %} ", "{% 1 %} "),
    ("x{% 1 %}", "x{% 1 %}"),
    ("{%}", "{%}"),
    ("$states.input", "$states.input"),
    ({"a.$": "$.b"}, {"a.$": "$.b"}),
    ([None, 0, 0.1, True, [], {}], [None, 0, 0.1, True, [], {}]),
    ("{% $sum($states.input.items) + $x %}", 8),
    ("{% $variable := 1 %}", 1),
    ("{% $millis() %}", 1_700_000_000_000),
]


@pytest.mark.parametrize(("value", "expected"), RENDERED, ids=lambda value: repr(value)[:40])
def test_what_a_field_renders(value: Any, expected: Any) -> None:
    compiled = compile_jsonata_template(value, "Output")
    assert compiled.render(scope(x=5)) == expected
    assert compiled.constant == (value == expected)
    if compiled.constant:
        assert compiled.render(scope()) is value


FAILED: list[tuple[Any, str, str]] = [
    (
        {"result": "{% $doesNotExist %}"},
        "The JSONata expression '$doesNotExist' specified for the field 'Output/result' returned nothing (undefined).",
        "Output/result",
    ),
    (
        {"a": {"b": [0, [0, "{% $states.input.missing %}"]]}},
        "The JSONata expression '$states.input.missing' specified for the field 'Output/a/b[1][1]' returned nothing "
        "(undefined).",
        "Output/a/b[1][1]",
    ),
    (
        "{% $abs('x') %}",
        "The JSONata expression '$abs('x')' specified for the field 'Output' threw an error during evaluation. "
        'T0410: Argument 1 of function "abs" does not match function signature',
        "Output",
    ),
    (
        '{% $eval("1+1") %}',
        "The JSONata expression '$eval(\"1+1\")' specified for the field 'Output' threw an error during evaluation. "
        "T1006: Attempted to invoke a non-function",
        "Output",
    ),
    (
        '{% $formatNumber(1, "x") %}',
        "The JSONata expression '$formatNumber(1, \"x\")' specified for the field 'Output' threw an error during "
        "evaluation. D3086: The sub-picture must not contain a passive character that is preceded by an active "
        "character and that is followed by another active character",
        "Output",
    ),
    (
        "{% [1..900000] ~> $count() %}",
        "The JSONata expression '[1..900000] ~> $count()' specified for the field 'Output' threw an error during "
        "evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage",
        "Output",
    ),
    (
        "{% ( $f := function($x) { 1 + $f($x) }; $f(1) ) %}",
        "The JSONata expression '( $f := function($x) { 1 + $f($x) }; $f(1) )' specified for the field 'Output' threw "
        "an error during evaluation: Stack overflow error: Check for non-terminating recursive function. Consider "
        "rewriting as tail-recursive.",
        "Output",
    ),
    (
        "{% $sum %}",
        "The JSONata expression '$sum' specified for the field 'Output' returned an unsupported result type.",
        "Output",
    ),
]


@pytest.mark.parametrize(("value", "cause", "location"), FAILED, ids=lambda value: repr(value)[:40])
def test_how_a_field_fails(value: Any, cause: str, location: str) -> None:
    with pytest.raises(QueryEvaluationError) as raised:
        compile_jsonata_template(value, "Output").render(scope())
    assert raised.value.name == "States.QueryEvaluationError"
    assert raised.value.cause == cause
    assert raised.value.location == location


EXPECTED: list[tuple[str, Any, Any, str]] = [
    ("array", [1], "string", '"string"'),
    ("array", [], True, "true"),
    ("array", [], None, "null"),
    ("array", [], {"a": 1}, '{"a":1}'),
    ("boolean", True, 1, "1"),
    ("boolean", False, "true", '"true"'),
    ("number", 1.5, "1", '"1"'),
    ("number", 0, True, "true"),
    ("integer", 3, 1.5, "1.5"),
    ("integer", 2.0, "2", '"2"'),
    ("string", "", 5, "5"),
    ("object", {}, [1], "[1]"),
]
TYPES = {str: "string", bool: "boolean", type(None): "null", dict: "object", list: "array", int: "number"}


@pytest.mark.parametrize(("expects", "fitting", "other", "shown"), EXPECTED)
def test_a_field_of_one_type_refuses_another(expects: Any, fitting: Any, other: Any, shown: str) -> None:
    compiled = compile_jsonata_value("{% $v %}", "Items", expects)
    assert compiled.render(scope(v=fitting)) == fitting
    found = "number" if isinstance(other, float) else TYPES[type(other)]
    with pytest.raises(QueryEvaluationError) as raised:
        compiled.render(scope(v=other))
    assert raised.value.cause == (
        "The JSONata expression '$v' specified for the field 'Items' returned an unexpected result type. "
        f"Expected '{expects}', but was '{found}' for value: {shown}"
    )
    assert raised.value.location == "Items"


def test_constants_of_a_typed_field_are_left_to_its_schema() -> None:
    assert compile_jsonata_value([1, "{% 2 %}"], "Items", "array").render(scope()) == [1, 2]
    assert compile_jsonata_value(5, "Seconds", "number").constant


REFUSED: list[tuple[Any, list[JsonataProblem]]] = [
    ("{% 1 + %}", [JsonataProblem(INVALID, "Unexpected end of expression", "")]),
    ({"v": "{% a[1,2) %}"}, [JsonataProblem(INVALID, 'Expected "]", got ","', "/v")]),
    (
        {"v": [0, "{% phone %}"]},
        [JsonataProblem(UNSUPPORTED, "Reference to 'phone' at the top level is not supported.", "/v[1]")],
    ),
    ("{% $$ %}", [JsonataProblem(UNSUPPORTED, "Reference to '$$' at the top level is not supported.", "")]),
    (
        ["{% ( %}", {"x": "{% ] %}"}],
        [
            JsonataProblem(INVALID, "Unexpected end of expression", "[0]"),
            JsonataProblem(INVALID, 'The symbol "]" cannot be used as a unary operator', "[1]/x"),
        ],
    ),
    (
        "{% $states.errorOutput.Cause & $states.result %}",
        [
            JsonataProblem(UNSUPPORTED, "Field '$states.errorOutput' does not exist.", ""),
            JsonataProblem(UNSUPPORTED, "Field '$states.result' does not exist.", ""),
        ],
    ),
]


@pytest.mark.parametrize(("value", "problems"), REFUSED, ids=lambda value: repr(value)[:40])
def test_what_is_refused_when_a_field_is_compiled(value: Any, problems: list[JsonataProblem]) -> None:
    with pytest.raises(JsonataTemplateError) as raised:
        compile_jsonata_template(value, "Output", knows=frozenset())
    assert raised.value.problems == problems


def test_members_of_states_that_a_field_knows_are_taken() -> None:
    compile_jsonata_template("{% $states.result %}", "Output", knows=frozenset({"result"}))
    compile_jsonata_template("{% $states.errorOutput %}", "Catch[0]/Output", knows=frozenset({"errorOutput"}))


def test_variables_are_gathered_and_read_only_when_asked_for() -> None:
    compiled = compile_jsonata_template({"a": "{% $x %}", "b": ["{% $y & $sum([1]) %}", 1]}, "Output")
    assert compiled.variables == {"x", "y"}

    def unasked() -> dict[str, Any]:
        raise AssertionError("nobody looks at variables or $states")

    silent = Scope({}, {}, Moment(0, random.Random(0)), variables=unasked, states=unasked)
    assert compile_jsonata_template("{% 1 + 1 %}", "Output").render(silent) == 2


def test_a_field_nests_within_its_bound() -> None:
    value: Any = 1
    for _ in range(limits.EXPRESSION_DEPTH_MAX + 2):
        value = [value]
    with pytest.raises(JsonataTemplateError, match="nests at most 100 deep"):
        compile_jsonata_template(value, "Output")


def test_what_the_expressions_of_a_field_give_together_is_bounded() -> None:
    value = ["{% $pad('', 1000000) %}"] * 40
    with pytest.raises(Exception, match="give more than") as raised:
        compile_jsonata_template(value, "Output").render(scope())
    assert getattr(raised.value, "name", None) == "States.DataLimitExceeded"


def test_causes_and_locations_end_where_aws_ends_them() -> None:
    name = "n" * 300
    with pytest.raises(QueryEvaluationError) as raised:
        compile_jsonata_template({name: "{% $error($pad('', 40000, 'x')) %}"}, "Output").render(scope())
    assert len(raised.value.location or "") == 256
    assert len(raised.value.cause or "") == limits.CAUSE_CHARS_MAX


@pytest.mark.parametrize(("value", "expected"), [("{%%}", True), ("{%}", False), ("{% 1 %}", True), (5, False)])
def test_what_counts_as_an_expression(value: Any, expected: bool) -> None:
    assert is_expression(value) is expected
