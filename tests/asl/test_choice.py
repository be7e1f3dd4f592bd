"""What the Choice comparisons make of values: a table of operators, and laws that hold for all texts."""

import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.asl.choice import compile_rule
from engine.asl.fields import Fields
from engine.asl.findings import Findings
from engine.asl.operators import COMPARISONS, OPERATORS, text_matcher
from engine.errors import StateError
from engine.moment import Moment
from engine.query.scope import Scope

OTHERS: list[Any] = [None, 0, 0.0, 1, 1.1, "", " ", "HelloWorld", [], [""], {}, {"A": 0}, True, False]
EARLY, LATE = "2012-10-09T19:00:55Z", "2012-10-09T19:00:56Z"


def _matches(rule: dict[str, Any], data: Any) -> bool:
    findings = Findings()
    compiled = compile_rule(Fields({**rule, "Next": "X"}, "/States/C/Choices[0]", findings))
    assert compiled is not None, findings.diagnostics()
    return compiled.matches(Scope(data, {"Execution": {"Name": "test"}}, Moment(0, random.Random(1))))


def test_there_are_39() -> None:
    assert len(OPERATORS) == 39


@pytest.mark.parametrize(
    ("operator", "literal", "value", "expected"),
    [
        ("StringEquals", "HelloWorld", "HelloWorld", True),
        ("StringEquals", "     ", " ", False),
        ("StringEquals", "\t\r\n", "\t\n", False),
        ("StringLessThan", "AB", "A", True),
        ("StringLessThan", "A", "AB", False),
        ("StringLessThan", "", "", False),
        ("StringGreaterThan", "A ", "A", False),
        ("StringGreaterThan", "B", "a", True),
        ("StringGreaterThan", "\ufffd", "\U0001f600", False),  # UTF-16: the surrogate D83D sorts before FFFD
        ("StringLessThanEquals", "A", "A", True),
        ("StringGreaterThanEquals", "A", "A", True),
        ("NumericEquals", 0, 0.0, True),
        ("NumericEquals", 1.0, 1, True),
        ("NumericEquals", 2.22, 2.22, True),
        ("NumericEquals", 1, True, False),
        ("NumericEquals", 10**30, 10**30, True),
        ("NumericLessThan", 1, 0, True),
        ("NumericLessThan", 0, 0.0, False),
        ("NumericGreaterThan", 0, 1, True),
        ("NumericLessThanEquals", 1, 1, True),
        ("NumericGreaterThanEquals", 1, 0, False),
        ("TimestampEquals", EARLY, EARLY, True),
        ("TimestampEquals", EARLY, "2012-10-09T21:00:55+02:00", True),
        ("TimestampEquals", EARLY, "2012-10-09T19:00:55.000000001Z", False),
        ("TimestampEquals", EARLY, "2023-02-24 12:15:56.832957", False),
        ("TimestampLessThan", LATE, EARLY, True),
        ("TimestampGreaterThan", LATE, EARLY, False),
        ("TimestampLessThanEquals", EARLY, LATE, False),
        ("TimestampGreaterThanEquals", EARLY, EARLY, True),
        ("BooleanEquals", True, True, True),
        ("BooleanEquals", False, 0, False),
        ("BooleanEquals", True, "true", False),
        ("StringMatches", "log-*.txt", "log-1.txt", True),
        ("StringMatches", "log-*.txt", "log-.txtx", False),
        ("StringMatches", "a*a", "a", False),
        ("StringMatches", "*", "", True),
        ("StringMatches", "\\*", "*", True),
        ("StringMatches", "\\*", "x", False),
        ("StringMatches", "a\\\\b", "a\\b", True),
        ("StringMatches", "*a*b*", "xxaxxbxx", True),
        ("StringMatches", "*b*a*", "xxaxxbxx", False),
        ("StringMatches", "*", 5, False),
        ("IsTimestamp", True, EARLY, True),
        ("IsTimestamp", True, "2012-10-09T19:00:55", False),
        ("IsTimestamp", False, "2023-02-24", True),
        ("IsNumeric", True, 1.1, True),
        ("IsNumeric", True, "1", False),
        ("IsNumeric", True, True, False),
        ("IsBoolean", True, False, True),
        ("IsBoolean", False, None, True),
        ("IsNull", True, None, True),
        ("IsNull", False, 0, True),
        ("IsString", True, "", True),
        ("IsString", False, [""], True),
        ("IsPresent", True, None, True),
        ("IsPresent", False, "x", False),
    ],
)
def test_comparison(operator: str, literal: Any, value: Any, expected: bool) -> None:
    assert _matches({"Variable": "$.v", operator: literal}, {"v": value}) is expected
    if operator in COMPARISONS:
        data = {"v": value, "w": literal}
        assert _matches({"Variable": "$.v", f"{operator}Path": "$.w"}, data) is expected


@pytest.mark.parametrize("operator", sorted(COMPARISONS))
def test_another_type_is_no_match(operator: str) -> None:
    kind = re.match("String|Numeric|Timestamp|Boolean", operator)
    assert kind is not None
    sample: Any = {"String": "HelloWorld", "Numeric": 1, "Timestamp": EARLY, "Boolean": True}[kind.group()]
    own: Any = {"String": str, "Numeric": (int, float), "Timestamp": (), "Boolean": bool}[kind.group()]
    for value in OTHERS:
        if isinstance(value, own) and not (kind.group() == "Numeric" and isinstance(value, bool)):
            continue
        assert not _matches({"Variable": "$.v", operator: sample}, {"v": value}), value
        assert not _matches({"Variable": "$.v", f"{operator}Path": "$.w"}, {"v": value, "w": sample}), value
        assert not _matches({"Variable": "$.v", f"{operator}Path": "$.w"}, {"v": sample, "w": value}), value


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"Variable": "$.no", "StringEquals": "x"}, "$.no"),
        ({"Variable": "$.no", "IsNull": True}, "$.no"),
        ({"Variable": "$.no", "StringMatches": "*"}, "$.no"),
        ({"Variable": "$.v", "StringEqualsPath": "$.gone"}, "$.gone"),
        ({"Not": {"Variable": "$.no.deeper", "BooleanEquals": True}}, "$.no.deeper"),
        ({"Variable": "$$.Execution.Nothing", "IsString": True}, "$$.Execution.Nothing"),
    ],
)
def test_missing_path(rule: dict[str, Any], path: str) -> None:
    with pytest.raises(StateError) as caught:
        _matches(rule, {"v": "x"})
    assert caught.value.name == "States.Runtime"
    assert caught.value.cause == (
        f"Invalid path '{path}': The choice state's condition path references an invalid value."
    )


@pytest.mark.parametrize("wanted", [True, False])
def test_presence_of_what_is_missing(wanted: bool) -> None:
    assert _matches({"Variable": "$.a.b", "IsPresent": wanted}, {"a": 1}) is not wanted


def test_combinations_stop_early() -> None:
    present = {"Variable": "$.v", "IsPresent": True}
    fails = {"Variable": "$.v", "IsNull": True}
    assert not _matches({"And": [present, fails]}, {})
    assert _matches({"Or": [{"Not": present}, fails]}, {})
    assert _matches({"And": [present, {"Or": [fails, {"Variable": "$.v", "NumericEquals": 3}]}]}, {"v": 3})
    assert _matches({"Variable": "$$.Execution.Name", "StringEquals": "test"}, {})


@given(st.lists(st.sampled_from(["a", "b", "*", "\\*", "\\\\"]), max_size=8), st.text("ab*\\", max_size=12))
def test_matching_is_that_of_a_regular_expression(parts: list[str], text: str) -> None:
    spelled = {"*": ".*", "\\*": r"\*", "\\\\": r"\\"}
    expression = "".join(spelled.get(part, part) for part in parts)
    expected = re.fullmatch(expression, text, re.DOTALL) is not None
    assert text_matcher("".join(parts))(text) is expected


def test_matching_does_not_backtrack() -> None:
    assert not text_matcher("*a" * 200 + "*b")("a" * 20_000)


@given(st.text(), st.text())
def test_order_of_texts_is_that_of_code_units(one: str, other: str) -> None:
    def units(text: str) -> list[int]:
        raw = text.encode("utf-16-be", "surrogatepass")
        return [raw[at] << 8 | raw[at + 1] for at in range(0, len(raw), 2)]

    assert _matches({"Variable": "$.v", "StringLessThan": other}, {"v": one}) is (units(one) < units(other))
