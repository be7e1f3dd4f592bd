"""What an expression asks for from outside: variables, members of `$states`, names that lead nowhere."""

import pytest

from engine.query.jsonata import compile_jsonata

VARIABLES: list[tuple[str, set[str]]] = [
    ("1 + 2", set()),
    ("$x", {"x"}),
    ("$x.y[$z > 1].w", {"x", "z"}),
    ("$states.input.a & $name", {"name"}),
    ("$sum([$a, $b])", {"a", "b"}),
    ("$unknown($a)", {"unknown", "a"}),
    ("($x := 1; $x)", set()),
    ("($x := $x + 1; $x)", {"x"}),
    ("($y; $y := 1)", {"y"}),
    ("(($x := 1); $x)", {"x"}),
    ("function($a) { $a + $b }($c)", {"b", "c"}),
    ("($f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f($m))", {"m"}),
    ("($f := function() { $g() }; $g := function() { 1 }; $f())", set()),
    ("($f := function() { $later }; $f())", {"later"}),
    ("$list@$item.($item & $other)", {"list", "other"}),
    ("$list#$i[$i < $n]", {"list", "n"}),
    ("$list^(>$key)", {"list", "key"}),
    ("$list{$k: $v}", {"list", "k", "v"}),
    ("{'a': $a, $b: 1}", {"a", "b"}),
    ("[$from..$to]", {"from", "to"}),
    ("$o ~> |$p|$u, $d|", {"o", "p", "u", "d"}),
    ("$variable := 1", set()),
    ("$a ? $b : $c", {"a", "b", "c"}),
    ("$a ?? $b", {"a", "b"}),
    ("$f(?, $x)", {"f", "x"}),
    ("$", set()),
    ("'$x'", set()),
    ("/* $x */ 1", set()),
]


@pytest.mark.parametrize(("text", "variables"), VARIABLES)
def test_the_free_variables_of_an_expression(text: str, variables: set[str]) -> None:
    assert compile_jsonata(text).variables == variables


STATES: list[tuple[str, set[str]]] = [
    ("1", set()),
    ("$states.input", {"input"}),
    ("$states.input.result", {"input"}),
    ("$states.result[0] + $states.input.x", {"result", "input"}),
    ("$map([1], function($v) { $states.errorOutput.Cause })", {"errorOutput"}),
    ("$states", {"*"}),
    ("$keys($states)", {"*"}),
    ("$states.*", {"*"}),
    ("$states[0].input", {"*"}),
    ("$x[$states.context.a = 1]", {"context"}),
    ("$x{$states.input.k: 1}", {"input"}),
]


@pytest.mark.parametrize(("text", "members"), STATES)
def test_the_members_of_states_that_an_expression_names(text: str, members: set[str]) -> None:
    assert compile_jsonata(text).states == members


TOP: list[tuple[str, tuple[str, ...]]] = [
    ("phone", ("phone",)),
    ("phone.number + $x.y", ("phone",)),
    ("$states.input.phone", ()),
    ("$x[name = 'a']", ()),
    ("$x.(name & other)", ()),
    ("$x^(name)", ()),
    ("$x{name: value}", ()),
    ("$x.y[z][w]", ()),
    ("a + b & a", ("a", "b")),
    ("$sum(numbers)", ("numbers",)),
    ("{'k': name}", ("name",)),
    ("[name]", ("name",)),
    ("function($v) { $v.a & b }", ("b",)),
    ("$x ~> |a|{'b': c}|", ()),
    ("$ + 1", ("$",)),
    ("$x[$ > 1]", ()),
    ("$$", ("$$",)),
    ("$x[$$.y]", ("$$",)),
    ("*", ("*",)),
    ("**.a", ("**",)),
    ("($x := name; $x)", ("name",)),
    ("$x ? name : other", ("name", "other")),
]


@pytest.mark.parametrize(("text", "names"), TOP)
def test_the_names_that_an_expression_looks_up_without_a_context(text: str, names: tuple[str, ...]) -> None:
    assert compile_jsonata(text).top_level == names
