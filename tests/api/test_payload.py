"""The JSON that callers hand in as data: AWS's words for what is not JSON, and the size limit at its edge."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.api.payload import read_input, read_output
from engine.errors import ServiceError

LARGEST = '"' + "x" * (limits.PAYLOAD_BYTES_MAX - 2) + '"'
LARGEST_WIDE = '"' + "ü" * ((limits.PAYLOAD_BYTES_MAX - 2) // 2) + '"'

ACCEPTED = [
    "{}",
    " {} ",
    "2",
    '"some text"',
    "null",
    "[123456789012345678901234567890]",
    LARGEST,
    LARGEST_WIDE,
]


@pytest.mark.parametrize("text", ACCEPTED, ids=range(len(ACCEPTED)))
def test_accepted_as_it_is(text: str) -> None:
    assert read_input(text) == (text, json.loads(text))
    assert read_output(text) == text


def test_without_input_there_is_an_empty_object() -> None:
    assert read_input(None) == ("{}", {})


EXPECTED_VALUE = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

# text, detail (None: any)
REFUSED: list[tuple[str, str | None]] = [
    ("not some json", f"Unrecognized token 'not': {EXPECTED_VALUE}"),
    ("{'not': 'json'", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
    ("{", None),
    ("{} {}", None),
    ("[1,]", None),
    ("NaN", None),
    ('"\n"', None),
    ("[" * 100_000, None),
    ('"\ud800"', None),
    ("\ud800 12345678901234567890", None),
    (LARGEST + " ", None),
    ('"' + LARGEST_WIDE[1:-1] + 'x"', None),
]


@pytest.mark.parametrize(("text", "detail"), REFUSED, ids=range(len(REFUSED)))
def test_refused(text: str, detail: str | None) -> None:
    with pytest.raises(ServiceError) as for_input:
        read_input(text)
    with pytest.raises(ServiceError) as for_output:
        read_output(text)
    assert (for_input.value.code, for_output.value.code) == ("InvalidExecutionInput", "InvalidOutput")
    if detail is not None:
        assert for_input.value.message == f"Invalid State Machine Execution Input: '{detail}'"
        assert for_output.value.message == f"Invalid Output: '{detail}'"
    assert len(for_input.value.message) < 1000


@pytest.mark.parametrize("text", ["", " ", "\n\t\r "])
def test_an_empty_input(text: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read_input(text)
    assert caught.value.message == "Invalid State Machine Execution Input: 'Invalid execution input.'"


@given(st.text(alphabet='{}[]",:0123456789eE+-. \ntrufalsn\\', max_size=30))
def test_what_is_accepted_is_json(text: str) -> None:
    try:
        read_input(text)
    except ServiceError as error:
        assert error.code == "InvalidExecutionInput"
    else:
        json.loads(text)
