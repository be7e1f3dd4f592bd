"""Mocked answers for Task states, in the file format of AWS's Step Functions Local (MockConfigFile.json).

    {"StateMachines": {MACHINE: {"TestCases": {CASE: {STATE: RESPONSE}}}},
     "MockedResponses": {RESPONSE: {"0": {"Return": {...}}, "1-2": {"Throw": {"Error": "...", "Cause": "..."}}}}}

A response is numbered by the call of its state within one execution: retries count, and so do later visits in a loop or
a Map, as in Step Functions Local. A state that the test case does not name is really called. The whole file is checked
when it is read, not only the test case that is played: a typing error never turns a mock into a real call.

Source: AWS Step Functions Developer Guide, "Configuration file for mocked service integrations".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import jsontext
from engine.runtime.tasks_in_memory import Return, Throw

_NUMBERS = re.compile(r"(0|[1-9]\d{0,5})(?:-(0|[1-9]\d{0,5}))?")
RESPONSES_MAX = 100_000  # numbered answers of one mocked response


class MockError(Exception):
    """What is wrong with a mock file, everything at once; `findings` have the place in front."""

    def __init__(self, findings: Sequence[str]):
        super().__init__("\n".join(findings))
        self.findings = list(findings)


Answer = Return | Throw


@dataclass(frozen=True, slots=True)
class NumberedAnswer:
    """An answer to the calls `first` to `last`, both included."""

    first: int
    last: int
    answer: Answer


Response = tuple[NumberedAnswer, ...]


@dataclass(slots=True)
class Mocks:
    """The answers of one test case in one execution; counts the calls of each state."""

    responses: Mapping[str, Response]
    calls: dict[str, int] = field(default_factory=dict)

    def answer(self, state_name: str, retry_count: int) -> Answer | None:
        """The answer to this state's next call; None where the state is not mocked and is really called.

        `retry_count` starts again at each visit of a state, the file's numbers do not: they go by our own count.
        """
        response = self.responses.get(state_name)
        if response is None:
            return None
        number = self.calls.get(state_name, 0)
        self.calls[state_name] = number + 1
        for numbered in response:
            if numbered.first <= number <= numbered.last:
                return numbered.answer
        return Throw(
            "States.Runtime",
            f"The mock of state '{state_name}' has answers for {response[-1].last + 1} calls; this was one more.",
        )


def read_mocks(text: str, machine: str, test_case: str | None) -> Mocks:
    """The mocks of one test case. Without `test_case` the machine must have exactly one. Raises MockError."""
    cases = _Reader().read(text)
    if machine not in cases:
        raise MockError([f"/StateMachines: has no machine {machine!r}{_known(cases)}"])
    found = cases[machine]
    if test_case is None:
        if len(found) != 1:
            raise MockError([f"/StateMachines/{machine}/TestCases: name one of its test cases{_known(found)}"])
        test_case = next(iter(found))
    if test_case not in found:
        raise MockError([f"/StateMachines/{machine}/TestCases: has no test case {test_case!r}{_known(found)}"])
    return Mocks(found[test_case])


def _known(names: Mapping[str, Any]) -> str:
    return f" (it has {', '.join(sorted(names))})" if names else " (it has none)"


class _Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self) -> None:
        self.findings: list[str] = []

    def read(self, text: str) -> dict[str, dict[str, dict[str, Response]]]:
        """Machine -> test case -> state -> response."""
        try:
            document = jsontext.loads(text)
        except jsontext.JsonError as error:
            raise MockError([f"not JSON: {error}"]) from None
        document = self._object(document, "", required=("StateMachines", "MockedResponses"))
        responses = {
            name: self._response(value, f"/MockedResponses/{name}")
            for name, value in self._object(document.get("MockedResponses", {}), "/MockedResponses").items()
        }
        cases = {
            name: self._machine(value, f"/StateMachines/{name}", responses)
            for name, value in self._object(document.get("StateMachines", {}), "/StateMachines").items()
        }
        if self.findings:
            raise MockError(self.findings)
        return cases

    def _machine(self, value: Any, place: str, responses: Mapping[str, Response]) -> dict[str, dict[str, Response]]:
        machine = self._object(value, place, required=("TestCases",))
        cases = self._object(machine.get("TestCases", {}), f"{place}/TestCases")
        return {name: self._test_case(case, f"{place}/TestCases/{name}", responses) for name, case in cases.items()}

    def _test_case(self, value: Any, place: str, responses: Mapping[str, Response]) -> dict[str, Response]:
        states: dict[str, Response] = {}
        for state, name in self._object(value, place).items():
            if not isinstance(name, str):
                self._find(f"{place}/{state}", "must be the name of a mocked response")
            elif name not in responses:
                self._find(f"{place}/{state}", f"there is no mocked response {name!r}{_known(responses)}")
            else:
                states[state] = responses[name]
        return states

    def _response(self, value: Any, place: str) -> Response:
        numbered = []
        for numbers, answer in self._object(value, place).items():
            span = self._numbers(numbers, place)
            read = self._answer(answer, f"{place}/{numbers}")
            if span and read:
                numbered.append(NumberedAnswer(*span, read))
        numbered.sort(key=lambda one: one.first)
        self._check_order(numbered, place)
        return tuple(numbered)

    def _numbers(self, text: str, place: str) -> tuple[int, int] | None:
        match = _NUMBERS.fullmatch(text)
        if match is None:
            self._find(place, f'{text!r} is neither a call\'s number ("0") nor a range of them ("1-2")')
            return None
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        if last < first or last >= RESPONSES_MAX:
            self._find(place, f"{text!r} must run upwards and stay below {RESPONSES_MAX}")
            return None
        return first, last

    def _check_order(self, numbered: Sequence[NumberedAnswer], place: str) -> None:
        expected = 0
        for one in numbered:
            if one.first != expected:
                what = "is answered twice" if one.first < expected else "has no answer"
                self._find(place, f"call {min(one.first, expected)} {what}; the numbers run from 0 without a gap")
                return
            expected = one.last + 1
        if not numbered:
            self._find(place, 'has no answers; the first call is number "0"')

    def _answer(self, value: Any, place: str) -> Answer | None:
        answer = self._object(value, place)
        if set(answer) == {"Return"}:
            return Return(answer["Return"])
        if set(answer) == {"Throw"}:
            return self._throw(answer["Throw"], f"{place}/Throw")
        self._find(place, 'must have exactly one of "Return" and "Throw"')
        return None

    def _throw(self, value: Any, place: str) -> Throw | None:
        throw = self._object(value, place)
        error, cause = throw.get("Error"), throw.get("Cause")
        unknown = sorted(set(throw) - {"Error", "Cause"})
        if unknown:
            self._find(place, f"has unknown fields: {', '.join(unknown)}")
        if not isinstance(error, str):
            self._find(place, '"Error" must be a text')
            return None
        if cause is not None and not isinstance(cause, str):
            self._find(place, '"Cause" must be a text')
            return None
        return Throw(error, cause)

    def _object(self, value: Any, place: str, required: Sequence[str] = ()) -> dict[str, Any]:
        """The object at a place; with `required`, it has these fields and no others."""
        if not isinstance(value, dict):
            self._find(place, "must be an object")
            return {}
        for name in required:
            if name not in value:
                self._find(place, f"the field {name!r} is missing")
        unknown = sorted(set(value) - set(required)) if required else []
        if unknown:
            self._find(place, f"has unknown fields: {', '.join(unknown)} (known: {', '.join(required)})")
        return value

    def _find(self, place: str, message: str) -> None:
        self.findings.append(f"{place or '/'}: {message}")
