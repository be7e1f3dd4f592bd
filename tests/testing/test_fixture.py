"""The plugin's fixture, used as users use it: machines, functions, and a clean state for each test."""

import json
from pathlib import Path
from typing import Any

import pytest

from statewright_pytest import Statewright

from .test_clock import function, machine, wait

pytest_plugins = ["statewright_pytest"]


class NoMoney(Exception):
    pass


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_clean_state(statewright: Statewright, turn: int) -> None:
    client = statewright.client("stepfunctions")
    assert client.list_state_machines()["stateMachines"] == []
    calls = machine(function("left"))
    if turn == 2:  # the function of the first turn is forgotten
        execution = statewright.run(statewright.create(calls))
        assert execution.error == "Lambda.ResourceNotFoundException"
        return
    left = statewright.function("left", takes=50)(lambda event: None)
    statewright.run(statewright.create(calls))
    statewright.start(statewright.create(machine(wait(5), function("left")), express=True))
    assert left.calls == [{}]


def test_a_definition_is_a_dict_a_text_or_a_file(statewright: Statewright, tmp_path: Path) -> None:
    definition = machine({"Type": "Pass"})
    path = tmp_path / "passing.asl.json"
    path.write_text(json.dumps(definition))
    for given in (definition, json.dumps(definition), path, str(path)):
        assert statewright.run(statewright.create(given), {"a": 1}).output == {"a": 1}
        if given is path:
            assert statewright.client("stepfunctions").list_state_machines()["stateMachines"][-1]["name"] == "passing"
            statewright.reset()


def test_what_a_function_raises_is_its_error(statewright: Statewright) -> None:
    @statewright.function("charge")
    def charge(event: dict[str, Any], context: Any) -> None:
        raise NoMoney(f"{context['function_name']}: {event['amount']} is too much")

    execution = statewright.run(statewright.create(machine(function("charge"))), {"amount": 7})
    assert (execution.status, execution.error) == ("FAILED", "NoMoney")
    assert json.loads(execution.cause or "")["errorMessage"] == "charge: 7 is too much"
    assert charge.calls == [{"amount": 7}]


def test_what_is_not_json_is_an_error(statewright: Statewright) -> None:
    statewright.function("odd")(lambda event: object())
    assert statewright.run(statewright.create(machine(function("odd")))).error == "Runtime.MarshalError"


def test_an_execution_without_output_says_why(statewright: Statewright) -> None:
    statewright.function("charge")(lambda event: 1 // 0)
    execution = statewright.run(statewright.create(machine(wait(90_000), function("charge"))))
    statewright.advance(days=2)
    with pytest.raises(AssertionError) as failed:
        assert execution.output == {}
    lines = str(failed.value).splitlines()
    assert lines[0] == "the execution has no output"
    assert "FAILED ZeroDivisionError" in lines[1]
    assert any(line.strip() == "+1d 1:00:00  Task: B" for line in lines)


def test_clients_of_other_services_are_wired_too(statewright: Statewright) -> None:
    logs = statewright.client("logs")
    assert logs.meta.endpoint_url == statewright.url
    assert statewright.client("logs") is logs


def test_hundreds_of_calls_at_once_settle(statewright: Statewright) -> None:
    seen = statewright.function("item")(lambda event: event * 2)
    inner = {"StartAt": "I", "States": {"I": {**function("item"), "End": True}}}
    execution = statewright.run(statewright.create(machine({"Type": "Map", "ItemProcessor": inner})), list(range(100)))
    assert execution.output == [number * 2 for number in range(100)]
    assert sorted(seen.calls) == list(range(100))


def test_a_stopped_execution(statewright: Statewright) -> None:
    execution = statewright.run(statewright.create(machine(wait(5))))
    execution.stop("Enough", "of it")
    assert (execution.status, execution.error, execution.cause) == ("ABORTED", "Enough", "of it")
