"""What is bounded, is: depth and memory as on AWS, and work; each in well under a second, none with another error."""

import sys
import threading
import time
from typing import Any

import pytest

from engine import limits
from engine.query.jsonata import UNDEFINED, JsonataError, JsonataSyntaxError, compile_jsonata
from engine.query.jsonata.errors import MEMORY, STACK, TIME
from tests.query.jsonata.evaluating import evaluate, moment

DOUBLING = "( $p := function($s, $n) {{ $n = 0 ? $s : $p($s & $s, $n - 1) }}; $length($p('x', {})))"
SECONDS_MAX = 5.0  # of the processor; a bound that holds takes a fraction of a second

STOPPED: list[tuple[str, str]] = [
    ("( $f := function($x) { $f($x) }; $f(1) )", TIME),
    ("( $f := function($x) { $f($x + 1) }; $f(1) )", TIME),
    ("( $f := function($x) { $g($x) }; $g := function($x) { $f($x) }; $f(1) )", TIME),
    ("( $f := function($x) { 1 + $f($x) }; $f(1) )", STACK),
    ("( $f := function($x) { [$f($x)] }; $f(1) )", STACK),
    ("( $f := function($x) { {'a': $f($x)} }; $f(1) )", STACK),
    ("( $f := function($x) { $map([1], function($y) { $f($y) & '' }) }; $f(1) )", STACK),
    ("( $f := function($x) { $sort([2, 1], function($a, $b) { $f($a) = 1 }) }; $f(1) )", STACK),
    ("( $f := function($x) { $replace('a', /a/, function($m) { $f($x) & '' }) }; $f(1) )", STACK),
    ("( $f := function($x) { [1].($f($x)) }; $f(1) )", STACK),
    ("( $f := $power(?, 1); $g := function($x) { 1 + $h($x) }; $h := $g ~> $f; $h(1) )", STACK),
    ("+".join(["1"] * 200), STACK),
    ("[" * 101 + "]" * 101, STACK),
    ("[1..873783]", MEMORY),
    ("$count([1..900000])", MEMORY),
    ("[1..900000] ~> $count()", MEMORY),
    (DOUBLING.format(23), MEMORY),
    ("$pad('', 1000000000)", MEMORY),
    ("$pad('', -1000000000, 'ab')", MEMORY),
    ("$range(0, 1e15, 1)", MEMORY),
    ("$map([1..1000], function($x) { $pad('', 6000000) })", MEMORY),
    ("[1..100].[1..800000]", MEMORY),
    ("[[1..800000], [1..800000], [1..800000], [1..800000], [1..800000]]", MEMORY),
    ("$join([1..100000].('abcdefghij'), $pad('', 1000))", MEMORY),
    ("( $s := $pad('', 1000000, 'a'); $replace($s, 'a', '0123456789') )", MEMORY),
    ("( $s := $pad('', 2000, 'a'); $replace($s, /a/, $pad('', 4000)) )", MEMORY),
    ("$reduce([1..40], function($a, $b) { $append($a, $a) }, [1])", MEMORY),
    ("( $s := $pad('', 3000000); [$s & $s, $s & $s, $s & $s, $s & $s, $s & $s] )", MEMORY),
    ("[1..1000].([1..1000].([1..1000].($ + 1)))", TIME),
    ("$map([1..800000], function($x) { $x * 2 })", TIME),
    ("[1..800000]^(-$)", TIME),
    ("$sort([1..500000], function($a, $b) { $a < $b })", TIME),
    ("$reduce([1..800000], function($a, $b) { $a + $b })", TIME),
    ("[1..3000][$ in [1..3000]]", TIME),
    ("$distinct([1..3000].{'a': $})", TIME),
    ("$contains($pad('', 40, 'a') & '!', /^(a+)+$/)", TIME),
    ("$contains($pad('', 40, 'a') & '!', /^(a|a)*$/)", TIME),
    ("$contains($pad('', 40, 'a') & '!', /^(?:a*)*b/)", TIME),
    ("$match($pad('', 500000, 'ab'), /(a)(b)/)", TIME),
    ("$contains($pad('', 50000, 'a'), /a*b/)", TIME),
    ("$contains($pad('', 50000, 'a'), /(?=a*b)c/)", TIME),
    ("( $b := [[1..800000]]; [1..10000].($b.a) )", TIME),
    ("( $z := $split($pad('', 400000, ','), ','); [1..10000].($z ? 1 : 2) )", TIME),
    ("( $z := $split($pad('', 400000, ','), ','); [1..10000].($z and true) )", TIME),
    ("( $b := [1..800000]; [1..10000][$b] )", TIME),
    ("( $b := [1..800000]; [1..10000].($b = $b) )", TIME),
    ("( $b := [1..800000]; [1..10000].(5 in $b) )", TIME),
    ("( $b := [1..800000]; [1..10000].$sum($b) )", TIME),
    ("( $b := [1..800000]; [1..10000].$count($b) )", TIME),
    ("( $b := [1..800000]; [1..10000].$string($b) )", TIME),
    ("( $b := [1..800000]; [1..10000].$distinct($b) )", TIME),
    ("( $s := $pad('', 6000000); $t := $s & ''; [1..100000].($s = $t) )", TIME),
    ("( $s := $pad('', 6000000); $t := $s & ''; [1..100000].($s < $t) )", TIME),
    ("( $s := $pad('', 6000000); [1..100000].$contains($s, 'x') )", TIME),
    ("( $s := $pad('', 6000000); [1..100000].$hash($s, 'MD5') )", TIME),
    ("( $s := $pad('', 6000000); [1..100000].$uppercase($s) )", MEMORY),
    ("( $b := [1..800000]; [1..1000].$b )", MEMORY),
    ("( $b := [1..800000]; [" + ", ".join(["$b"] * 100) + "] )", MEMORY),
    ("( $b := [1..800000]; {'a': $b}.*.($b) )", TIME),
    ("( $b := [1..800000]; $o := [1..9].{'a': $b}; $o.a )", MEMORY),
    ("( $b := [1..800000]; $b#$i.($i) )", TIME),
    ("( $o := $reduce([1..1000], function($a, $b) { $a ~> |$|{$string($b): $a}| }, {}); $o )", TIME),
    ("$reduce([1..60], function($a, $n) { {'l': $a, 'r': $a} }, 1)", TIME),
    ("$string($reduce([1..60], function($a, $n) { {'l': $a, 'r': $a} }, 1))", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { {'l': $a, 'r': $a} }, 1); $d = $d )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { {'l': $a, 'r': $a} }, 1); $count($d.**) )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { {'l': $a, 'r': $a} }, 1); $d ~> |l|{}| )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { {'l': $a, 'r': $a} }, 1); $distinct([$d, $d]) )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { [[$a], [$a]] }, 0); $d ? 1 : 2 )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { [[$a], [$a]] }, 0); $boolean($d) )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { [[$a], [$a]] }, 0); $d.x )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { [[$a], [$a]] }, 0); $keys($d) )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { [[$a], [$a]] }, 0); $spread($d) )", TIME),
    ("( $d := $reduce([1..60], function($a, $n) { [[$a], [$a]] }, 0); $lookup($d, 'x') )", TIME),
    ("( $s := $pad('', 6000000); [1..100].{'s': $s} )", MEMORY),
    ("( $s := $pad('', 6000000); $string([$s, $s]) )", MEMORY),
    ("$formatInteger(1, $pad('', 1000000, '#'))", TIME),
    ("$formatNumber(1, $pad('', 5000000, '0'))", TIME),
    ("$fromMillis(0, $pad('', 3000000, '[Y]'))", TIME),
]


def stopped(text: str) -> tuple[str, float]:
    expression = compile_jsonata(text)
    begun = time.process_time()
    with pytest.raises(JsonataError) as raised:
        expression.evaluate({}, moment())
    assert raised.value.code is None
    return raised.value.text, time.process_time() - begun


@pytest.mark.parametrize(("text", "told"), STOPPED, ids=lambda value: str(value)[:60])
def test_what_runs_away_is_stopped(text: str, told: str) -> None:
    found, seconds = stopped(text)
    assert found == told
    assert seconds < SECONDS_MAX


AS_ON_AWS: list[tuple[str, Any]] = [
    ("$count([1..873782])", 873_782),
    ("[1..873782] ~> $count()", 873_782),
    (DOUBLING.format(22), 4_194_304),
    ("+".join(["1"] * 100), 100),
    ("$map([1..50000], function($x) { $x * 2 }) ~> $count()", 50_000),
    ("( $f := function($n) { $n = 0 ? 'done' : $f($n - 1) }; $f(20000) )", "done"),
    ("( $f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(31) )", 31),
    ("$count($split($pad('', 200000, 'a,'), ','))", 100_001),
    ("$contains($pad('', 100000, 'a') & 'b', /a*b/)", True),
]


@pytest.mark.parametrize(("text", "result"), AS_ON_AWS, ids=lambda value: str(value)[:60])
def test_what_is_within_the_bounds_of_aws_works(text: str, result: Any) -> None:
    assert evaluate(text, {}) == result


def test_the_bound_of_depth_is_that_of_aws() -> None:
    assert evaluate("+".join(["1"] * limits.JSONATA_DEPTH_MAX), {}) == limits.JSONATA_DEPTH_MAX
    assert stopped("+".join(["1"] * (limits.JSONATA_DEPTH_MAX + 1)))[0] == STACK


def test_a_branch_that_is_not_taken_may_be_too_deep() -> None:
    deep = "+".join(["1"] * 500)
    assert evaluate(f"true ? 1 : ({deep})", {}) == 1


def test_depth_does_not_depend_on_where_the_caller_stands() -> None:
    expression = compile_jsonata("( $f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(31) )")

    def nested(frames: int) -> Any:
        return expression.evaluate({}, moment()) if frames == 0 else nested(frames - 1)

    room = sys.getrecursionlimit() - 400  # what an evaluation needs at most, and what pytest has taken
    assert nested(room - 300) == 31


def test_a_caller_without_room_gets_the_error_of_depth() -> None:
    expression = compile_jsonata("1 + " * 50 + "1")

    def descend() -> Any:
        try:
            return descend()
        except RecursionError:
            return expression.evaluate({}, moment())

    found: list[Any] = []

    def run() -> None:
        try:
            found.append(descend())
        except JsonataError as error:
            found.append(error.text)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found in ([STACK], [51])


def test_text_is_bounded() -> None:
    long = "1" + " " * limits.JSONATA_CHARS_MAX
    with pytest.raises(JsonataSyntaxError, match="longer than 100000 characters") as raised:
        compile_jsonata(long)
    assert raised.value.code == "S0501"


@pytest.mark.parametrize("opening", ["(", "[", "-", "{'a':", "$f(", "1 ? ", "$x := ", "a[", "|", "function($x){"])
def test_nesting_of_the_text_is_bounded(opening: str) -> None:
    with pytest.raises(JsonataSyntaxError) as raised:
        compile_jsonata(opening * 5_000)
    assert raised.value.code == "S0502"


@pytest.mark.parametrize("chain", ["1+", "$a.", "$a~>", "$a&", "a or "])
def test_chains_may_be_long(chain: str) -> None:
    compile_jsonata(chain * 10_000 + "$b")


def test_a_result_made_by_functions_is_bounded_in_depth() -> None:
    with pytest.raises(JsonataError) as raised:
        evaluate("( $f := function($n, $v) { $n = 0 ? $v : $f($n - 1, [[$v]]) }; $f(3000, 1) )", {})
    assert raised.value.code == "D3206"


def test_an_error_quotes_no_endless_value() -> None:
    doubled = "$reduce([1..60], function($a, $n) { {'l': $a, 'r': $pad('', 1000)} }, 1)"
    for text in (f"{{({doubled}): 1}}", f"{{'a': 1}} ~> |$|[{doubled}]|", f"-({doubled})", f"1 < {doubled}"):
        with pytest.raises(JsonataError) as raised:
            evaluate(text, {})
        assert len(raised.value.text) < limits.CAUSE_CHARS_MAX + 1_000


def test_a_regular_expression_is_bounded_in_size() -> None:
    for pattern in ("((a|b){100}){100}", "((((ab){9}b){9}c){9}d){9}", "(" * 60 + "a" + ")" * 60):
        with pytest.raises(JsonataSyntaxError, match=r"too large|nested too deeply"):
            compile_jsonata(f"/{pattern}/")


def test_expressions_serve_threads_side_by_side() -> None:
    expression = compile_jsonata("( $f := function($n) { $n < 2 ? $n : $f($n - 1) + $f($n - 2) }; $f($n) )")
    found: dict[int, Any] = {}

    def run(number: int) -> None:
        found[number] = expression.evaluate({"n": number}, moment())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10, 16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {10: 55, 11: 89, 12: 144, 13: 233, 14: 377, 15: 610}


def test_input_is_never_changed() -> None:
    data = {"a": [{"b": 1}], "c": {"d": 2}}
    for text in ("$x ~> |a|{'b': 2}|", "$x ~> |$|{}, 'c'|", "$x.a^(b)", "$append($x.a, 1)", "$x ~> |$x.c|{'d': 3}|"):
        assert compile_jsonata(text).evaluate({"x": data}, moment()) is not UNDEFINED
    assert data == {"a": [{"b": 1}], "c": {"d": 2}}
