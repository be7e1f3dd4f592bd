"""Mock files: what each call is answered, and what is said of a file that is wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.mocks import MockError, Mocks, read_mocks
from engine.runtime.tasks_in_memory import Return, Throw

BOOM = Throw("Boom", "bang")


def document(response: Any, cases: Any = None) -> dict[str, Any]:
    return {
        "StateMachines": {"machine": {"TestCases": cases or {"Case": {"State": "Response"}}}},
        "MockedResponses": {"Response": response},
    }


def read(value: Any, test_case: str | None = None) -> Mocks:
    return read_mocks(json.dumps(value), "machine", test_case)


RETRIED = {
    "0": {"Throw": {"Error": "Boom", "Cause": "bang"}},
    "1-2": {"Throw": {"Error": "Boom", "Cause": "bang"}},
    "3": {"Return": {"ok": True}},
}


def test_answers_by_the_number_of_the_call() -> None:
    mocks = read(document(RETRIED))
    assert [mocks.answer("State", 0) for _ in range(4)] == [BOOM, BOOM, BOOM, Return({"ok": True})]


def test_a_call_more_than_the_mock_has_answers_fails_clearly() -> None:
    mocks = read(document({"0": {"Return": 1}}))
    mocks.answer("State", 0)
    answer = mocks.answer("State", 0)
    assert isinstance(answer, Throw)
    assert answer.error == "States.Runtime"
    assert "'State' has answers for 1 calls" in (answer.cause or "")


def test_a_state_without_a_mock_is_really_called() -> None:
    assert read(document({"0": {"Return": 1}})).answer("Another", 0) is None


def test_each_state_counts_its_own_calls() -> None:
    mocks = read(document(RETRIED, {"Case": {"A": "Response", "B": "Response"}}))
    for _ in range(3):
        mocks.answer("A", 0)
    assert mocks.answer("A", 0) == Return({"ok": True})
    assert mocks.answer("B", 0) == BOOM


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}, {"Payload": {"deep": [1, None]}}])
def test_any_json_value_can_be_returned(value: Any) -> None:
    assert read(document({"0": {"Return": value}})).answer("State", 0) == Return(value)


def test_a_cause_may_be_missing() -> None:
    assert read(document({"0": {"Throw": {"Error": "Boom"}}})).answer("State", 0) == Throw("Boom", None)


TWO_CASES = document({"0": {"Return": 1}}, {"One": {"State": "Response"}, "Two": {}})


@pytest.mark.parametrize(
    ("machine", "test_case", "message"),
    [
        ("machine", None, "/StateMachines/machine/TestCases: name one of its test cases (it has One, Two)"),
        ("machine", "Three", "/StateMachines/machine/TestCases: has no test case 'Three' (it has One, Two)"),
        ("other", "One", "/StateMachines: has no machine 'other' (it has machine)"),
    ],
)
def test_what_is_not_in_the_file(machine: str, test_case: str | None, message: str) -> None:
    with pytest.raises(MockError) as refused:
        read_mocks(json.dumps(TWO_CASES), machine, test_case)
    assert refused.value.findings == [message]


GOOD = {"0": {"Return": 1}}
WRONG: list[tuple[str, Any, list[str]]] = [
    ("no object", [], ["/: must be an object"]),
    ("nothing", {}, ["/: the field 'StateMachines' is missing", "/: the field 'MockedResponses' is missing"]),
    (
        "a misspelt section",
        {"StateMachines": {}, "MockedResponses": {}, "MockedResponse": {}},
        ["/: has unknown fields: MockedResponse (known: StateMachines, MockedResponses)"],
    ),
    (
        "an unknown response",
        document(GOOD, {"Case": {"State": "Respnse"}}),
        ["/StateMachines/machine/TestCases/Case/State: there is no mocked response 'Respnse' (it has Response)"],
    ),
    (
        "a response that is no name",
        document(GOOD, {"Case": {"State": {"Return": 1}}}),
        ["/StateMachines/machine/TestCases/Case/State: must be the name of a mocked response"],
    ),
    ("no answers", document({}), ['/MockedResponses/Response: has no answers; the first call is number "0"']),
    (
        "a key that is no number",
        document({"first": {"Return": 1}}),
        [
            '/MockedResponses/Response: \'first\' is neither a call\'s number ("0") nor a range of them ("1-2")',
            '/MockedResponses/Response: has no answers; the first call is number "0"',
        ],
    ),
    (
        "a range that runs down",
        document({"0": {"Return": 1}, "3-1": {"Return": 1}}),
        ["/MockedResponses/Response: '3-1' must run upwards and stay below 100000"],
    ),
    (
        "a gap",
        document({"0": {"Return": 1}, "2": {"Return": 1}}),
        ["/MockedResponses/Response: call 1 has no answer; the numbers run from 0 without a gap"],
    ),
    (
        "an overlap",
        document({"0-2": {"Return": 1}, "2": {"Return": 1}}),
        ["/MockedResponses/Response: call 2 is answered twice; the numbers run from 0 without a gap"],
    ),
    (
        "both",
        document({"0": {"Return": 1, "Throw": {"Error": "E"}}}),
        [
            '/MockedResponses/Response/0: must have exactly one of "Return" and "Throw"',
            '/MockedResponses/Response: has no answers; the first call is number "0"',
        ],
    ),
    (
        "an error without a name",
        document({"0": {"Return": 1}, "1": {"Throw": {"Cause": "c"}}}),
        ['/MockedResponses/Response/1/Throw: "Error" must be a text'],
    ),
    (
        "an unknown field of an error",
        document({"0": {"Throw": {"Error": "E", "Reason": "r"}}}),
        ["/MockedResponses/Response/0/Throw: has unknown fields: Reason"],
    ),
    (
        "a machine without test cases",
        {"StateMachines": {"machine": {}}, "MockedResponses": {}},
        ["/StateMachines/machine: the field 'TestCases' is missing"],
    ),
]


@pytest.mark.parametrize(("value", "findings"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_files(value: Any, findings: list[str]) -> None:
    with pytest.raises(MockError) as refused:
        read(value)
    assert refused.value.findings == findings


def test_a_mistake_in_another_test_case_is_found_too() -> None:
    value = document(GOOD, {"Good": {"State": "Response"}, "Bad": {"State": "Missing"}})
    with pytest.raises(MockError):
        read(value, "Good")


def test_text_that_is_no_json() -> None:
    with pytest.raises(MockError, match=r"^not JSON: "):
        read_mocks("{", "machine", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["StateMachines", "MockedResponses", "machine", "TestCases", "Case", "0", "1-2", "Return", "Throw"]
)
NEARLY = st.recursive(JSON, lambda inner: st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


@given(NEARLY)
def test_nothing_but_a_mock_error_comes_out(value: Any) -> None:
    try:
        mocks = read(value)
    except MockError as error:
        assert error.findings
    else:
        assert all(response for response in mocks.responses.values())


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8))
def test_ranges_answer_exactly_their_calls(lengths: list[int]) -> None:
    response, first = {}, 0
    for number, length in enumerate(lengths):
        response[str(first) if length == 1 else f"{first}-{first + length - 1}"] = {"Return": number}
        first += length
    mocks = read(document(response))
    expected = [number for number, length in enumerate(lengths) for _ in range(length)]
    assert [mocks.answer("State", 0) for _ in range(first)] == [Return(number) for number in expected]
