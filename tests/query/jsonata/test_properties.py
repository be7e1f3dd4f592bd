"""Whatever the text: a documented error or JSON, the same each time; never another exception."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from engine.query.jsonata import UNDEFINED, JsonataError, JsonataSyntaxError, Unsupported, compile_jsonata
from engine.query.jsonata.library import LIBRARY
from tests.query.given import documents
from tests.query.jsonata.evaluating import moment

TOKENS = [
    *"( ) [ ] { } . , ; : ? := ~> + - * / % & = != < <= > >= .. ^( @$i #$i ** ?? ?: | in and or".split(),
    *"a b `c` $x $y $states.input 1 0 2.5 'a' \"b\" true null /a+/i $ $$ % * [] {} [0] [-1]".split(),
    *("function($v){", "function($a,$b){", "$sum", "$map", "$string", "$uppercase"),
    *(f"${name}(" for name in LIBRARY),
]
texts = st.one_of(
    st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join),
    st.text("ab$.[](){}|&+-*/'\"`\\01,:;?<>=^@#%~! ", max_size=20),
    st.text(max_size=10),
)


def is_json(value: Any) -> bool:
    """By the very types, as no type of the evaluation may leave it."""
    if type(value) is list:
        return all(map(is_json, value))
    if type(value) is dict:
        return all(type(name) is str and is_json(member) for name, member in value.items())
    return value is None or type(value) in (bool, int, float, str)


def outcome(text: str, bindings: dict[str, Any]) -> str:
    try:
        value = compile_jsonata(text).evaluate(bindings, moment())
    except JsonataSyntaxError as error:
        return f"refused {error.code} {error.message}"
    except JsonataError as error:
        return f"error {error.text}"
    except Unsupported:
        return "unsupported"
    if value is UNDEFINED:
        return "undefined"
    assert is_json(value)
    return json.dumps(value, allow_nan=False)


@settings(max_examples=500, deadline=None)
@for_all(texts, documents)
def test_any_text_gives_json_or_a_documented_error(text: str, data: Any) -> None:
    bindings = {"x": data, "states": {"input": data}}
    before = json.dumps(data)
    assert outcome(text, bindings) == outcome(text, bindings)
    assert json.dumps(data) == before


literals = st.sampled_from(
    ["1", "0", "-2", "2.5", "'a'", "''", "true", "null", "[]", "{}", "$x", "$y", "$nothing", "[1,2]"]
)


def _function(parts: tuple[str, str, str]) -> str:
    name, one, other = parts
    return f"${name}({one}, {other})"


expressions = st.recursive(
    literals,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+ - * / % & = != < > in and or ~> .. ?? ?:".split()), inner).map(
            lambda parts: f"[{parts[0]}..{parts[2]}]" if parts[1] == ".." else f"({' '.join(parts)})"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} ? {parts[1]} : {parts[2]})"),
        st.tuples(inner, inner).map(lambda parts: f"[{parts[0]}, {parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"{{'a': {parts[0]}, 'b': {parts[1]}}}"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]})[{parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}).({parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}).[{parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"($y := {parts[0]}; {parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"$map({parts[0]}, function($y, $i) {{ {parts[1]} }})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]})^({parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}){{$string($): {parts[1]}}}"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]})#$y.({parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]})@$y.({parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]} ~> |$|{parts[1]}|)"),
        inner.map("({}).*".format),
        inner.map("({}).**".format),
        inner.map("({}).a".format),
        inner.map("({})[]".format),
        st.tuples(st.sampled_from(sorted(LIBRARY)), inner, inner).map(_function),
    ),
    max_leaves=8,
)


@settings(max_examples=500, deadline=None)
@for_all(expressions, documents)
def test_any_expression_gives_json_or_a_documented_error(text: str, data: Any) -> None:
    found = outcome(text, {"x": data, "y": [data, 1]})
    assert not found.startswith("refused"), "what is put together by the grammar is no syntax error"


@settings(max_examples=300, deadline=None)
@for_all(documents)
def test_a_value_goes_through_untouched(data: Any) -> None:
    bindings = {"x": data}
    for text in ("$x", "[$x, 1][0]" if not isinstance(data, list) else "$x", "{'k': $x}.k", "($y := $x; $y)"):
        assert compile_jsonata(text).evaluate(bindings, moment()) == data


def flat(value: Any) -> Iterator[Any]:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from flat(inner)


@settings(max_examples=200, deadline=None)
@for_all(documents)
def test_what_is_written_is_read_again(data: Any) -> None:
    """`$string` and `$parse` are each other's inverse, but for digits beyond the fifteenth."""
    written = compile_jsonata("$string($x)").evaluate({"x": data}, moment())
    if isinstance(data, str):
        assert written == data
    elif not any(isinstance(value, float) for value in flat(data)):
        assert compile_jsonata("$parse($s)").evaluate({"s": written}, moment()) == data
