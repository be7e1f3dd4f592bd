"""GetExecutionHistory: pages in both directions, bounds, and events without their data."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from engine import limits
from tests.api.client import Api, refusal
from tests.api.machines import PASS, WAIT, definition

# Six states and, with the execution's own two, 14 events: entered and exited each.
CHAIN = definition(*((f"S{number}", {"Type": "Pass"}) for number in range(6)))
EVENTS = 14


def _all(api: Api, **parameters: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    token: dict[str, str] | None = {}
    while token is not None:
        page = api.get_execution_history(**parameters, **token)
        assert 0 < len(page["events"]) <= (parameters.get("maxResults") or limits.PAGE_ITEMS_DEFAULT)
        events += page["events"]
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
    return events


def _run(api: Api, machine_definition: str, **parameters: Any) -> str:
    arn = str(api.start_execution(stateMachineArn=api.machine(machine_definition), **parameters)["executionArn"])
    api.ended(arn)
    return arn


def test_a_whole_history(api: Api) -> None:
    arn = _run(api, CHAIN, input='{"a":1}')
    events = api.get_execution_history(executionArn=arn)["events"]
    assert [event["id"] for event in events] == list(range(1, EVENTS + 1))
    assert [event["type"] for event in events[:3]] == ["ExecutionStarted", "PassStateEntered", "PassStateExited"]
    assert events[-1]["type"] == "ExecutionSucceeded"
    assert events[1]["stateEnteredEventDetails"] == {
        "name": "S0",
        "input": '{"a":1}',
        "inputDetails": {"truncated": False},
    }


@pytest.mark.parametrize("size", [1, 3, EVENTS - 1, EVENTS, EVENTS + 1, 0])
@pytest.mark.parametrize("backwards", [False, True])
def test_pages_join_to_the_whole(api: Api, size: int, backwards: bool) -> None:
    arn = _run(api, CHAIN)
    whole = api.get_execution_history(executionArn=arn)["events"]
    paged = _all(api, executionArn=arn, maxResults=size, reverseOrder=backwards)
    assert paged == (whole[::-1] if backwards else whole)


def test_events_of_many_commits(api: Api) -> None:
    """A stopped execution has its end in a commit of its own."""
    arn = api.start_execution(stateMachineArn=api.machine(WAIT))["executionArn"]
    api.stop_execution(executionArn=arn)
    types = [event["type"] for event in _all(api, executionArn=arn, maxResults=1)]
    assert types == ["ExecutionStarted", "WaitStateEntered", "WaitStateAborted", "ExecutionAborted"] or types == [
        "ExecutionStarted",
        "WaitStateEntered",
        "ExecutionAborted",
    ]
    assert types[::-1] == [event["type"] for event in _all(api, executionArn=arn, maxResults=1, reverseOrder=True)]


def test_without_execution_data(api: Api) -> None:
    arn = _run(api, CHAIN, input='{"secret":"hidden"}')
    events = api.get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    assert "hidden" not in str(events)
    assert events[1]["stateEnteredEventDetails"] == {"name": "S0"}
    assert set(events[0]["executionStartedEventDetails"]) == {"roleArn"}
    assert len(events) == EVENTS
    whole = api.get_execution_history(executionArn=arn, includeExecutionData=True)["events"]
    assert [event["type"] for event in events] == [event["type"] for event in whole]


def test_an_answer_is_bounded_in_bytes(api: Api) -> None:
    """22 events of 200 KB are more than one answer holds: the rest comes with the token."""
    chain = definition(*((f"S{number}", {"Type": "Pass"}) for number in range(10)))
    arn = _run(api, chain, input='"' + "x" * 200_000 + '"')
    first = api.get_execution_history(executionArn=arn)
    assert "nextToken" in first
    assert len(first["events"]) < 22
    assert sum(len(str(event)) for event in first["events"]) < limits.HISTORY_ANSWER_BYTES_MAX * 1.1
    assert [event["id"] for event in _all(api, executionArn=arn)] == list(range(1, 23))
    assert [event["id"] for event in _all(api, executionArn=arn, reverseOrder=True)] == list(range(22, 0, -1))


def test_a_token_belongs_to_its_history(api: Api) -> None:
    one, other = _run(api, PASS), _run(api, PASS)
    token = api.get_execution_history(executionArn=one, maxResults=1)["nextToken"]
    invalid = ("InvalidToken", "Invalid Token: 'Invalid token'")
    assert refusal(api.get_execution_history, executionArn=other, nextToken=token) == invalid
    assert refusal(api.get_execution_history, executionArn=one, nextToken=token, reverseOrder=True) == invalid
    assert refusal(api.get_execution_history, executionArn=one, nextToken="x") == invalid
    with pytest.raises(ClientError, match="less than or equal to 1000"):
        api.get_execution_history(executionArn=one, maxResults=1001)
