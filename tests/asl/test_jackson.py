"""The words and places of Jackson for texts that are not JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import jackson

TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("not a definition", f"Unrecognized token 'not': was expecting {TOKENS}", 1, 4),  # recorded
        (
            "{'not': 'json'",  # recorded, but for the place
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            1,
            3,
        ),
        ("", "No content to map due to end-of-input", 1, 1),
        ("nul", f"Unrecognized token 'nul': was expecting {TOKENS}", 1, 4),
        ('{"a": tru}', f"Unrecognized token 'tru': was expecting {TOKENS}", 1, 10),
        (
            '{"a": 1,\n}',
            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
            2,
            2,
        ),
        ("[1,\r\n]", f"Unexpected character (']' (code 93)): expected a valid value {TOKENS}", 2, 2),
        ("{a: 1}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 1, 3),
        (
            '{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
            1,
            7,
        ),
        ('{"a": }', "Unexpected character ('}' (code 125)): expected a value", 1, 8),
        ('{"a": 1 "b"', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 1, 10),
        ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 5),
        ("[1,", "Unexpected end-of-input within/between Array entries", 1, 4),
        ('{"a":', "Unexpected end-of-input within/between Object entries", 1, 6),
        ('{"a', "Unexpected end-of-input in field name", 1, 4),
        ('"a', "Unexpected end-of-input: was expecting closing quote for a string value", 1, 3),
        ('"\\x"', "Unrecognized character escape 'x' (code 120)", 1, 4),
        (
            '"\\u12G4"',
            "Unexpected character ('G' (code 71)): expected a hex-digit for character escape sequence",
            1,
            7,
        ),
        (
            '{"a\n"',
            "Illegal unquoted character ((CTRL-CHAR, code 10)): "
            "has to be escaped using backslash to be included in name",
            1,
            5,
        ),
        ("[01]", "Invalid numeric value: Leading zeroes not allowed", 1, 4),
        (
            "-a",
            "Unexpected character ('a' (code 97)) in numeric value: "
            "expected digit (0-9) to follow minus sign, for valid numeric value",
            1,
            3,
        ),
        ("[1.]", "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit", 1, 5),
        (
            "[1e+]",
            "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed by a digit",
            1,
            6,
        ),
        (
            "NaN",
            "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
            1,
            4,
        ),
        ("{} x", f"Unrecognized token 'x': was expecting {TOKENS}", 1, 5),
        ("{}{", "Trailing token found after value: not allowed", 1, 4),
        ("ü", f"Unrecognized token 'ü': was expecting {TOKENS}", 1, 2),
        ("\u2028", f"Unexpected character ('\u2028' (code 8232 / 0x2028)): expected a valid value {TOKENS}", 1, 2),
    ],
)
def test_complaint(text: str, message: str, line: int, column: int) -> None:
    complaint = jackson.describe(text)
    assert complaint.message == message
    assert complaint.location == f'[Source: (String)"{text}"; line: {line}, column: {column}]'
    assert complaint.full == f"{complaint.message}\n at {complaint.location}"


def test_markers_are_named_with_their_place() -> None:
    complaint = jackson.describe('{"a": [1')
    assert complaint.message == (
        "Unexpected end-of-input: expected close marker for Array "
        '(start marker at [Source: (String)"{"a": [1"; line: 1, column: 7])'
    )
    assert jackson.describe("[}").message == (
        "Unexpected close marker '}': expected ']' (for Array starting at [Source: (String)\"[}\"; line: 1, column: 1])"
    )


def test_long_sources_and_tokens_are_cut() -> None:
    complaint = jackson.describe("x" * 1000)
    assert complaint.message.startswith(f"Unrecognized token '{'x' * 256}...': was expecting")
    assert complaint.location.startswith(f'[Source: (String)"{"x" * 500}"[truncated 500 chars]; line: 1')


def test_depth_costs_no_stack() -> None:
    assert jackson.describe("[" * 100_000).message.startswith("Unexpected end-of-input")


@given(st.one_of(st.text(), st.text('{}[]":,\\ntrue01-.eE \n')))
def test_any_text_gets_a_complaint_and_json_only_the_general_one(text: str) -> None:
    complaint = jackson.describe(text)
    assert complaint.message
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        return
    assert complaint.message == "The text is not valid JSON"


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), st.lists))
def test_what_is_cut_short_is_never_taken_for_json(value: object) -> None:
    text = json.dumps({"key": value})
    for end in range(1, len(text), 1 + len(text) // 20):
        assert jackson.describe(text[:end]).message != "The text is not valid JSON"


def _refuse(name: str) -> float:
    raise ValueError(name)
