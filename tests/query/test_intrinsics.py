"""Intrinsic functions: what was recorded on AWS, what its documentation says, and what is refused."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from engine import limits
from engine.errors import StateError
from engine.query.intrinsic_parser import IntrinsicSyntaxError, compile_intrinsic
from engine.query.intrinsics import FUNCTIONS
from engine.query.sameness import canonical
from tests.query import given

DATA: dict[str, Any] = {
    "name": "Arnav",
    "template": "Hello, {} and {}.",
    "n": 5,
    "none": None,
    "object": {"Arg1": 1, "Arg2": []},
    "array": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    "mixed": [
        None,
        None,
        True,
        True,
        False,
        False,
        1,
        1,
        1.1,
        0,
        0,
        "H",
        "H",
        [],
        [],
        [None],
        [None],
        {"a": 1, "b": 2},
    ],
    "json": '{"foo": [1, "x"]}',
    "delivery-partner": "X",
    "deep": {"a": {"b": [10, 20]}},
}

RECORDED: list[tuple[str, Any, Any]] = [
    ("States.Array()", {"f": "HelloWorld"}, []),
    *(
        ("States.ArrayContains($.fst, $.snd)", {"fst": array, "snd": value}, found)
        for array, value, found in [
            ([], None, False),
            ([], [], False),
            ([], 1, False),
            ([[1, 2, 3], 2], None, False),
            ([[1, 2, 3], 2], [1, 2, 3], True),
            ([{"1": 2, "2": []}], [], False),
            ([{"1": 2, "2": []}], {"1": 2, "2": []}, True),
            ([True, False], True, True),
            ([True, False], False, True),
        ]
    ),
    ("States.ArrayGetItem($.fst, $.snd)", {"fst": DATA["array"], "snd": 5}, 6),
    ("States.ArrayLength($.f)", {"f": DATA["array"]}, 9),
    *(
        ("States.ArrayPartition($.fst, $.snd)", {"fst": list(range(length)), "snd": size}, chunks)
        for length, size, chunks in [
            (0, 1, []),
            (0, 5, []),
            (1, 1, [[0]]),
            (1, 5, [[0]]),
            (2, 1, [[0], [1]]),
            (2, 2, [[0, 1]]),
            (3, 2, [[0, 1], [2]]),
            (3, 3, [[0, 1, 2]]),
            (4, 2, [[0, 1], [2, 3]]),
            (4, 3, [[0, 1, 2], [3]]),
        ]
    ),
    ("States.Base64Encode($)", "", ""),
    ("States.Base64Encode($)", "Data to encode", "RGF0YSB0byBlbmNvZGU="),
    ("States.StringSplit('Hello\nWorld', '\n')", None, ["Hello", "World"]),
    *(
        ("States.Format('fst={} and snd={}.', $.f, $.f)", {"f": value}, f"fst={text} and snd={text}.")
        for value, text in [
            ("", ""),
            (" ", " "),
            ("HelloWorld", "HelloWorld"),
            (None, "null"),
            (1, "1"),
            (1.1, "1.1"),
            ('{"Arg1": 1, "Arg2": []}', '{"Arg1": 1, "Arg2": []}'),
            ({"Arg1": 1, "Arg2": []}, "{Arg1=1, Arg2=[]}"),
        ]
    ),
    *(
        ("States.Hash($.fst, $.snd)", {"fst": "input data", "snd": algorithm}, digest)
        for algorithm, digest in [
            ("MD5", "812f45842bc6d66ee14572ce20db8e86"),
            ("SHA-1", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
            ("SHA-256", "b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"),
            (
                "SHA-384",
                "d28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1fb9e9374a15562",
            ),
            (
                "SHA-512",
                "6ce4adb348546d4f449c4d25aad9a7c9cb711d9e91982d3f0b29ca2f3f47d4ce"
                "2deba23bf2954f0f1d593fc50283731a533d30d425402d4f91316d871303aac4",
            ),
        ]
    ),
    *(
        ("States.JsonToString($.f)", {"f": value}, text)
        for value, text in [
            (None, "null"),
            (0, "0"),
            (1.1, "1.1"),
            (True, "true"),
            ("HelloWorld", '"HelloWorld"'),
            ([1, 2, "HelloWorld"], '[1,2,"HelloWorld"]'),
            ({"Arg1": 1, "Arg2": []}, '{"Arg1":1,"Arg2":[]}'),
        ]
    ),
    *(
        ("States.MathAdd($.fst, $.snd)", {"fst": fst, "snd": snd}, total)
        for fst, snd, total in [
            (-9, 3, -6),
            (1.49, 1.5, 3),
            (1.5, 1.51, 4),
            (-1.49, -1.5, -2),
            (-1.5, -1.51, -3),
            (1.49, 0, 1),
            (1.49, -1.49, 0),
            (-1.49, 0, -1),
            (-1.5, 0, -1),
            (-1.51, 0, -2),
            (0.5, 0, 1),
            (2.5, 0, 3),
            (3.5, 0, 4),
            (-0.5, 0.5, 1),
            (-0.5, 0, 0),
            (-2.5, 0, -2),
            (-3.5, 0, -3),
        ]
    ),
]

DOCUMENTED: list[tuple[str, Any]] = [
    ("States.Format('Hello, my name is {}.', $.name)", "Hello, my name is Arnav."),
    ("States.Format($.template, $.name, $.n)", "Hello, Arnav and 5."),
    ("  States.Format( 'a{}' ,  $.n ) ", "a5"),
    ("States.Format('plain')", "plain"),
    ("States.Format('\\{\\} \\'{}\\' \\\\', true)", "{} 'true' \\"),
    ("States.Format('{}', '{}')", "{}"),
    ("States.Format('{}{}{}', 1.0, 1e10, -0.25)", "1.01.0E10-0.25"),
    ("States.Format('{}', $.deep)", "{a={b=[10, 20]}}"),
    ("States.Format('(,{}', 'a, b)')", "(,a, b)"),
    ("States.StringToJson($.json)", {"foo": [1, "x"]}),
    ("States.StringToJson('{\"a\": null}')", {"a": None}),
    ("States.StringToJson('12345678901234567890')", 12345678901234567890),
    ("States.JsonToString($.deep.a)", '{"b":[10,20]}'),
    ("States.Array($.n, 'x', null, true, -1.5, $.deep.a.b)", [5, "x", None, True, -1.5, [10, 20]]),
    ("States.ArrayPartition($.array, 4)", [[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
    ("States.ArrayPartition($.array, 3.7)", [[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
    ("States.ArrayContains($.array, 5)", True),
    ("States.ArrayContains($.array, 5.0)", False),
    ("States.ArrayContains(States.Array(1, 0), true)", False),
    ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
    ("States.ArrayRange(0, 3, 1)", [0, 1, 2, 3]),
    ("States.ArrayRange(9, 1, -3)", [9, 6, 3]),
    ("States.ArrayRange(1, 1, 5)", [1]),
    ("States.ArrayRange(2, 1, 5)", []),
    ("States.ArrayLength(States.ArrayRange(1, 1000, 1))", 1000),
    ("States.ArrayGetItem($.array, 0)", 1),
    ("States.ArrayUnique($.mixed)", [None, True, False, 1, 1.1, 0, "H", [], [None], {"a": 1, "b": 2}]),
    ("States.Base64Encode('ü€')", "w7zigqw="),
    ("States.Base64Decode('RGVjb2RlIGRhdGE=')", "Decode data"),
    ("States.Base64Decode('SGk')", "Hi"),
    ("States.JsonMerge($.object, $.deep, false)", {"Arg1": 1, "Arg2": [], "a": {"b": [10, 20]}}),
    ("States.JsonMerge($.deep, States.StringToJson('{\"a\":1}'), false)", {"a": 1}),
    ("States.MathAdd(111, -1)", 110),
    ("States.StringSplit('1,2,3,4,5', ',')", ["1", "2", "3", "4", "5"]),
    ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
    ("States.StringSplit(',a,,b,', ',')", ["a", "b"]),
    ("States.StringSplit('a^]-b', '-^]')", ["a", "b"]),
    ("States.StringSplit('abc', '')", ["abc"]),
    ("States.ArrayGetItem(States.StringSplit($$.StateMachine.Name, '-'), 0)", "orders"),
    (
        "States.ArrayGetItem(States.StringSplit($$.StateMachine.Name, '-'), "
        "States.MathAdd(States.ArrayLength(States.StringSplit($$.StateMachine.Name, '-')), -1))",
        "1",
    ),
    ("States.Array($.delivery-partner,$['name'],$.array[?(@ > 7)],$..b[0])", ["X", "Arnav", [8, 9], [10]]),
    ("States.Array($.array[99], $.none)", [None, None]),
    ("States.MathRandom(7, 8)", 7),
]

FAILS: list[tuple[str, str]] = [
    ("States.Format('{}')", "does not match the {} found (1)"),
    ("States.Format('a', 1)", "does not match the {} found (0)"),
    ("States.Format($.n)", "must be a string, but was: 5"),
    ("States.Format('a\\n')", "An open escape backslash \\ was found"),
    ("States.StringSplit('a\\n', ',')", "An open escape backslash \\ was found"),
    ("States.StringToJson($.name)", "not valid JSON"),
    ("States.StringToJson('')", "not valid JSON"),
    ("States.StringToJson($.n)", "must be a string"),
    ("States.ArrayPartition($.n, 1)", "must be an array, but was: 5"),
    ("States.ArrayPartition($.array, 0)", "must be a positive number"),
    ("States.ArrayPartition($.array, 'x')", "must be a number"),
    ("States.ArrayContains('x', 1)", "must be an array"),
    ("States.ArrayRange(1, 2, 0)", "must not be 0"),
    ("States.ArrayRange(0, 1000, 1)", "at most 1000 elements"),
    ("States.ArrayRange(0, 9000000000000000000, 1)", "at most 1000 elements"),
    ("States.ArrayRange(true, 1, 1)", "must be a number, but was: true"),
    ("States.ArrayGetItem($.array, 9)", "out of bounds"),
    ("States.ArrayGetItem($.array, -1)", "out of bounds"),
    ("States.ArrayLength($.name)", "must be an array"),
    ("States.ArrayUnique(null)", "must be an array, but was: null"),
    ("States.Base64Encode($.n)", "must be a string"),
    ("States.Base64Decode('*')", "not valid Base64"),
    ("States.Hash('x', 'SHA-2')", "must be one of MD5, SHA-1"),
    ("States.Hash('x', $.array)", "must be one of MD5, SHA-1"),
    ("States.Hash($.object, 'MD5')", "must be a string"),
    ("States.JsonMerge($.object, $.array, false)", "must be objects"),
    ("States.JsonMerge($.object, $.deep, true)", "only shallow"),
    ("States.MathAdd('1', 2)", 'must be a number, but was: "1"'),
    ("States.MathAdd(9223372036854775807, 1)", "The sum must be from"),
    ("States.MathRandom(2, 2)", "must be less than"),
    ("States.MathRandom(1, 3000000000)", "must be from -2147483648 to 2147483647"),
]

REFUSED: list[tuple[str, str]] = [
    ("", "a path or an intrinsic function"),
    ("States.Default(1)", "a path or an intrinsic function"),
    ("States.format('x')", "a path or an intrinsic function"),
    ("Format('x')", "a path or an intrinsic function"),
    ("States.Array", "a path or an intrinsic function"),
    ("States.Array(", "a path or an intrinsic function"),
    ("States.Array(1", "expected ','"),
    ("States.Array(1,)", "a path or an intrinsic function"),
    ("States.Array(1 2)", "expected ','"),
    ("States.Array(01x)", "expected a value"),
    ("States.Array(1e999)", "a number that a double can hold"),
    ("States.Array('a)", "single quotes that ends"),
    ('States.Array("a")', "a path or an intrinsic function"),
    ("States.Array($1x)", "variable"),
    ("States.Array($.a[)", "a quoted name"),
    ("States.Array())", "the end of the call"),
    ("States.Array()[0]", "the end of the call"),
    ("States.UUID(1)", "States.UUID takes ()"),
    ("States.JsonMerge($.a, $.b)", "States.JsonMerge takes (object, object, false)"),
    ("States.MathRandom(1)", "takes (start, end[, seed])"),
    ("States.Format()", "takes (template, value...)"),
    ("States.Array(" * 11 + ")" * 11, "nest at most 10 deep"),
    ("States.Format('" + "a" * 10_000 + "')", "at most 10000 characters"),
]


def evaluate(text: str, data: Any = None, seed: int = 0) -> Any:
    return compile_intrinsic(text).evaluate(given.scope(data, seed=seed))


@pytest.mark.parametrize(("text", "data", "value"), RECORDED)
def test_gives_what_was_recorded(text: str, data: Any, value: Any) -> None:
    assert canonical(evaluate(text, data)) == canonical(value)


@pytest.mark.parametrize(("text", "value"), DOCUMENTED, ids=[text[:60] for text, _ in DOCUMENTED])
def test_gives_what_is_documented(text: str, value: Any) -> None:
    assert canonical(evaluate(text, DATA)) == canonical(value)


@pytest.mark.parametrize(("text", "detail"), FAILS, ids=[text[:60] for text, _ in FAILS])
def test_fails(text: str, detail: str) -> None:
    with pytest.raises(StateError) as caught:
        evaluate(text, DATA)
    assert caught.value.name == "States.Runtime"
    assert caught.value.cause is not None
    name = text.partition("(")[0]
    assert caught.value.cause.startswith(
        f"The function '{text}' had the following error: Invalid arguments in {name}: "
    )
    assert detail in caught.value.cause


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[text[:60] for text, _ in REFUSED])
def test_refuses_what_is_no_call(text: str, message: str) -> None:
    with pytest.raises(IntrinsicSyntaxError) as caught:
        compile_intrinsic(text)
    assert message in str(caught.value)


def test_a_path_that_leads_nowhere_fails_the_call_with_the_input() -> None:
    with pytest.raises(StateError) as caught:
        evaluate("States.Format('{}', $.a.b)", {"x": 1})
    assert (caught.value.name, caught.value.cause) == (
        "States.Runtime",
        "The function 'States.Format('{}', $.a.b)' had the following error: "
        "The JsonPath argument for the field '$.a.b' could not be found in the input '{\"x\":1}'",
    )


def test_the_cause_names_the_inner_call() -> None:
    with pytest.raises(StateError) as caught:
        evaluate("States.Array(States.ArrayLength(1))")
    assert caught.value.cause is not None
    assert caught.value.cause.startswith("The function 'States.ArrayLength(1)' had")


def test_there_are_eighteen_and_they_nest_ten_deep() -> None:
    assert len(FUNCTIONS) == 18
    assert evaluate("States.Array(" * 10 + ")" * 10) == [[[[[[[[[[]]]]]]]]]]


@pytest.mark.parametrize(
    ("call", "over"),
    [("States.Base64Encode($)", 1), ("States.Base64Decode($)", 4), ("States.Hash($, 'MD5')", 1)],
)
def test_long_texts_are_refused(call: str, over: int) -> None:
    evaluate(call, "a" * limits.INTRINSIC_TEXT_CHARS_MAX)
    with pytest.raises(StateError) as caught:
        evaluate(call, "a" * (limits.INTRINSIC_TEXT_CHARS_MAX + over))
    assert caught.value.name == "States.Runtime"


def test_texts_cannot_grow_without_bound() -> None:
    call = "States.JsonToString(" * 10 + "$" + ")" * 10
    with pytest.raises(StateError) as caught:
        evaluate(call, '"' * 10_000)
    assert caught.value.name == "States.Runtime"


@pytest.mark.parametrize(
    ("seed", "bound", "numbers"),
    [
        # java.util.Random: new Random(seed), then nextInt(bound)
        (42, 10, 0),
        (42, 1 << 16, 47_681),
        (0, 100, 60),
    ],
)
def test_a_seed_gives_the_numbers_of_java(seed: int, bound: int, numbers: int) -> None:
    assert evaluate(f"States.MathRandom(0, {bound}, {seed})") == numbers
    assert evaluate(f"States.MathRandom(-100, {bound - 100}, {seed})") == numbers - 100


def test_a_range_wider_than_an_int_is_drawn_whole() -> None:
    assert evaluate("States.MathRandom(-2147483648, 2147483647, 42)") == -1170105035  # new Random(42).nextInt()


def test_randomness_comes_from_the_moment_alone() -> None:
    for call in ("States.UUID()", "States.MathRandom(0, 2000000000)"):
        assert evaluate(call, seed=1) == evaluate(call, seed=1) != evaluate(call, seed=2)
    first, second = evaluate("States.Array(States.UUID(), States.UUID())")
    assert first != second
    assert len(first) == 36 and first[14] == "4"


@for_all(st.integers(-50, 50), st.integers(1, 100), st.integers(-(2**63), 2**63 - 1))
def test_a_random_number_is_within_its_range(start: int, width: int, seed: int) -> None:
    assert start <= evaluate(f"States.MathRandom({start}, {start + width}, {seed})") < start + width


@for_all(st.lists(given.documents, max_size=20), st.integers(1, 25))
def test_partitions_joined_are_the_array(array: list[Any], size: int) -> None:
    chunks = evaluate("States.ArrayPartition($.a, $.n)", {"a": array, "n": size})
    assert [item for chunk in chunks for item in chunk] == array
    assert all(len(chunk) == size for chunk in chunks[:-1])


@for_all(st.lists(given.documents, max_size=12))
def test_unique_items_are_in_the_array_and_no_two_the_same(array: list[Any]) -> None:
    found = evaluate("States.ArrayUnique($)", array)
    keys = [canonical(item) for item in found]
    assert len(set(keys)) == len(keys)
    assert set(keys) == {canonical(item) for item in array}


@for_all(given.documents)
def test_json_goes_through_text_and_back(document: Any) -> None:
    assert canonical(evaluate("States.StringToJson(States.JsonToString($))", document)) == canonical(document)


@for_all(st.text(max_size=50))
def test_base64_goes_there_and_back(text: str) -> None:
    encoded = evaluate("States.Base64Encode($)", text)
    assert base64.b64decode(encoded).decode() == text
    assert evaluate("States.Base64Decode($)", encoded) == text


@for_all(st.lists(st.text("ab'{}\\ €\n", max_size=5), min_size=1, max_size=4), given.scalars)
def test_format_escapes(pieces: list[str], value: Any) -> None:
    """Any text can be written in quotes; between its pieces go the values."""
    written = [
        piece.replace("\\", "\\\\").replace("'", "\\'").replace("{", "\\{").replace("}", "\\}") for piece in pieces
    ]
    call = f"States.Format('{'{}'.join(written)}'{', $.v' * (len(pieces) - 1)})"
    shown = evaluate("States.Format('{}', $.v)", {"v": value})
    assert evaluate(call, {"v": value}) == shown.join(pieces)


PIECES = [
    "States.",
    "Array",
    "Format",
    "UUID",
    "(",
    ")",
    ",",
    "'",
    "'{}'",
    "\\",
    "$.a",
    "$",
    "1",
    "-",
    "null",
    " ",
    "States.MathAdd(",
]


@for_all(st.lists(st.sampled_from(PIECES), max_size=10).map("".join), given.objects)
def test_any_text_is_a_call_or_refused(text: str, document: Any) -> None:
    try:
        json.dumps(evaluate("States.Array(" + text, document))
    except (IntrinsicSyntaxError, StateError):
        pass
